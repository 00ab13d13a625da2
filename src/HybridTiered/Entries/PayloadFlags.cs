namespace HybridTiered.Entries;

/// <summary>
/// The flags number of the payload layout. Microsoft's reader looks at its low 32 bits alone, and in version 1 they are 0; in the high 32
/// bits a copy whose own life differs from the base duration keeps that duration: milliseconds, or seconds if the topmost bit is set.
/// </summary>
internal static class PayloadFlags
{
    private const int DurationShift = 32;
    private const uint InSeconds = 1u << 31;
    private const uint LargestCount = InSeconds - 1;

    /// <summary>
    /// Encodes a base duration, rounded down, never up: a copy made from this one must not live longer than the value was given.
    /// </summary>
    /// <returns>The flags, or 0 for a duration too short to be told: under a millisecond.</returns>
    public static ulong FromDuration(TimeSpan duration)
    {
        long milliseconds = duration.Ticks / TimeSpan.TicksPerMillisecond;
        uint high = milliseconds <= LargestCount
            ? (uint)milliseconds
            : InSeconds | (uint)Math.Min(duration.Ticks / TimeSpan.TicksPerSecond, LargestCount);
        return (ulong)high << DurationShift;
    }

    /// <summary>Decodes flags.</summary>
    /// <param name="flags">The flags.</param>
    /// <param name="duration">
    /// The base duration, or <see langword="null"/> where the flags name none because it is the life of the copy.
    /// </param>
    /// <returns>Whether the flags are of a kind that <see cref="FromDuration"/> makes.</returns>
    public static bool TryGetDuration(ulong flags, out TimeSpan? duration)
    {
        duration = null;
        if (flags == 0)
            return true;
        if ((uint)flags != 0)
            return false;
        uint high = (uint)(flags >> DurationShift);
        long ticks = (high & InSeconds) == 0 ? high * TimeSpan.TicksPerMillisecond : (high & LargestCount) * TimeSpan.TicksPerSecond;
        duration = TimeSpan.FromTicks(ticks);
        return FromDuration(duration.Value) == flags;
    }
}
