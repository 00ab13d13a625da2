namespace HybridTiered.Tiers.Memory;

/// <summary>The part of an entry that only entries have whose life depends on being read.</summary>
/// <param name="slidingMilliseconds">Time without a read after which the entry expires; 0 without one.</param>
/// <param name="idleMilliseconds">Time without a read after which memory may be freed; 0 without one.</param>
/// <param name="absoluteEnd">The moment on the coarse clock beyond which no read extends the entry.</param>
internal sealed class IdlePolicy(long slidingMilliseconds, long idleMilliseconds, long absoluteEnd)
{
    public long SlidingMilliseconds { get; } = slidingMilliseconds;

    public long IdleMilliseconds { get; } = idleMilliseconds;

    public long AbsoluteEnd { get; } = absoluteEnd;

    /// <summary>When the lower tiers were last told that the entry is in use, on the coarse clock.</summary>
    public long LowerTiersRefreshedAt { get; set; }
}
