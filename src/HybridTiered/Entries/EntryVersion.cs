using System.Globalization;

namespace HybridTiered.Entries;

/// <summary>
/// The token of a shared entry by which a writer sees that the entry was invalidated or set since it was read.
/// The tier assigns it, and per key it only grows; it is not a time and is compared by nobody but its own tier and the messages that carry it.
/// </summary>
/// <param name="Value">The number; 0 means that there is none.</param>
public readonly record struct EntryVersion(long Value) : IComparable<EntryVersion>
{
    /// <summary>No version: the key was never written or invalidated as far as the tier remembers, or the tier has no versions.</summary>
    public static EntryVersion None => default;

    /// <summary>Whether there is none.</summary>
    public bool IsNone => Value == 0;

    /// <summary>Whether <paramref name="left"/> is older than <paramref name="right"/>.</summary>
    public static bool operator <(EntryVersion left, EntryVersion right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is newer than <paramref name="right"/>.</summary>
    public static bool operator >(EntryVersion left, EntryVersion right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is not newer than <paramref name="right"/>.</summary>
    public static bool operator <=(EntryVersion left, EntryVersion right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is not older than <paramref name="right"/>.</summary>
    public static bool operator >=(EntryVersion left, EntryVersion right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public int CompareTo(EntryVersion other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
