using System.Globalization;

namespace HybridTiered.Redis.Streams;

/// <summary>The place of an event in its stream: the server's time in milliseconds since 1970, and a number within the millisecond.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Sequence">Distinguishes ids of the same millisecond.</param>
public readonly record struct EventId(ulong Time, ulong Sequence) : IComparable<EventId>
{
    /// <summary>Before every event.</summary>
    public static EventId Beginning => default;

    /// <summary>Whether <paramref name="left"/> comes before <paramref name="right"/>.</summary>
    public static bool operator <(EventId left, EventId right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes after <paramref name="right"/>.</summary>
    public static bool operator >(EventId left, EventId right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not come after <paramref name="right"/>.</summary>
    public static bool operator <=(EventId left, EventId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not come before <paramref name="right"/>.</summary>
    public static bool operator >=(EventId left, EventId right) => left.CompareTo(right) >= 0;

    /// <summary>Reads the form that <see cref="ToString"/> writes, which is Redis's own.</summary>
    /// <param name="text">Two decimal numbers with a hyphen between them.</param>
    /// <exception cref="FormatException"><paramref name="text"/> does not have that form.</exception>
    public static EventId Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int hyphen = text.IndexOf('-', StringComparison.Ordinal);
        return hyphen >= 0
            && ulong.TryParse(text.AsSpan(0, hyphen), NumberStyles.None, CultureInfo.InvariantCulture, out ulong time)
            && ulong.TryParse(text.AsSpan(hyphen + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong sequence)
                ? new EventId(time, sequence)
                : throw new FormatException($"'{text}' is not the id of an event, two numbers with a hyphen between them.");
    }

    /// <inheritdoc/>
    public int CompareTo(EventId other)
    {
        int byTime = Time.CompareTo(other.Time);
        return byTime != 0 ? byTime : Sequence.CompareTo(other.Sequence);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Time}-{Sequence}");
}
