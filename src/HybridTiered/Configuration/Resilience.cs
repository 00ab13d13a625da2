using HybridTiered.Entries;

namespace HybridTiered.Configuration;

/// <summary>What holds for one entry when something fails or takes long. Most calls of a cache share one.</summary>
internal sealed record Resilience(
    TimeSpan FailSafeMaxDuration, TimeSpan FailSafeThrottle, TimeSpan? FactorySoftTimeout, TimeSpan? FactoryHardTimeout, TimeSpan? TierSoftTimeout,
    TimeSpan? TierHardTimeout, double EagerRefresh, double Jitter)
{
    /// <summary>Whether expired values are kept.</summary>
    public bool HasFailSafe => FailSafeMaxDuration > TimeSpan.Zero;

    /// <summary>How long a tier is to keep an entry that lives for a time: fail-safe adds physical life only.</summary>
    public TimeSpan Kept(TimeSpan life) => HasFailSafe ? Lifetimes.Sum(life, FailSafeMaxDuration) : life;
}
