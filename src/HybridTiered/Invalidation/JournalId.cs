using System.Globalization;

namespace HybridTiered.Invalidation;

/// <summary>The place of an invalidation in the journal. Ids only grow; their two parts are those of a Redis stream id.</summary>
/// <param name="Time">Milliseconds since 1970 on the journal's clock.</param>
/// <param name="Sequence">Distinguishes ids of the same millisecond.</param>
public readonly record struct JournalId(long Time, long Sequence) : IComparable<JournalId>
{
    /// <summary>Before every id; also "none".</summary>
    public static JournalId None => default;

    /// <summary>Whether this is <see cref="None"/>.</summary>
    public bool IsNone => this == default;

    /// <summary>Whether <paramref name="left"/> comes before <paramref name="right"/>.</summary>
    public static bool operator <(JournalId left, JournalId right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes after <paramref name="right"/>.</summary>
    public static bool operator >(JournalId left, JournalId right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not come after <paramref name="right"/>.</summary>
    public static bool operator <=(JournalId left, JournalId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not come before <paramref name="right"/>.</summary>
    public static bool operator >=(JournalId left, JournalId right) => left.CompareTo(right) >= 0;

    /// <summary>Reads the form that <see cref="ToString"/> writes.</summary>
    /// <param name="text">Two decimal numbers with a hyphen between them.</param>
    /// <param name="id">The id.</param>
    /// <returns>Whether <paramref name="text"/> has that form.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out JournalId id)
    {
        id = default;
        int hyphen = text.IndexOf('-');
        if (hyphen < 0
            || !long.TryParse(text[..hyphen], NumberStyles.None, CultureInfo.InvariantCulture, out long time)
            || !long.TryParse(text[(hyphen + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence))
            return false;
        id = new JournalId(time, sequence);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(JournalId other)
    {
        int byTime = Time.CompareTo(other.Time);
        return byTime != 0 ? byTime : Sequence.CompareTo(other.Sequence);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Time}-{Sequence}");
}
