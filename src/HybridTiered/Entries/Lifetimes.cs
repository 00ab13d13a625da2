namespace HybridTiered.Entries;

/// <summary>How long entries live in which tier. Nothing here ever lengthens a life that was granted before.</summary>
internal static class Lifetimes
{
    /// <summary>A base duration in a tier that scales it.</summary>
    public static TimeSpan Scale(TimeSpan duration, double scale)
    {
        double ticks = duration.Ticks * scale;
        return ticks >= long.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromTicks(Math.Max(1, (long)ticks));
    }

    /// <summary>
    /// When an entry expires in a tier, in UTC ticks: a promoted copy when its grant ends, any other when its base duration, scaled, is over.
    /// </summary>
    public static long End(in EntryHeader header, double scale)
    {
        TimeSpan life = header.Granted ?? Scale(header.Duration, scale);
        return life.Ticks > long.MaxValue - header.Created ? long.MaxValue : header.Created + life.Ticks;
    }

    /// <summary>What a promotion grants: what the source has left, and no more than the upper tier would give to a new entry.</summary>
    public static TimeSpan Promoted(TimeSpan left, TimeSpan duration, double upperScale) => Shorter(left, Scale(duration, upperScale));

    /// <summary>The sum of two spans that are not negative, at most the longest there is.</summary>
    public static TimeSpan Sum(TimeSpan a, TimeSpan b) => a > TimeSpan.MaxValue - b ? TimeSpan.MaxValue : a + b;

    public static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
