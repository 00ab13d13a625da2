namespace HybridTiered.Disk.Storage;

/// <summary>Ends of entries in UTC ticks.</summary>
internal static class Expiry
{
    /// <summary>Later than any time.</summary>
    public const long Never = long.MaxValue;

    public static long After(long now, long ticks) => ticks < Never - now ? now + ticks : Never;

    public static long After(long now, TimeSpan? span) => span is { } s ? After(now, s.Ticks) : Never;
}
