using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Configuration;

/// <summary>
/// Entry options for all keys that match a pattern, so that code which only knows <see cref="HybridCache"/> gets them without a change.
/// What a call says itself wins over its policy, and the policy over the defaults of the cache.
/// </summary>
public sealed class EntryPolicy
{
    /// <summary>Which keys: <c>* ? [abc] [^a] \</c>. The first policy that matches applies, alone.</summary>
    public string Pattern { get; set; } = "";

    /// <inheritdoc cref="TieredEntryOptions.Expiration"/>
    public TimeSpan? Expiration { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.LocalExpiration"/>
    public TimeSpan? LocalExpiration { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.SlidingExpiration"/>
    public TimeSpan? SlidingExpiration { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.Flags"/>
    public HybridCacheEntryFlags? Flags { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.Broadcast"/>
    public BroadcastMode? Broadcast { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.Promote"/>
    public bool? Promote { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.ClusterFlight"/>
    public bool? ClusterFlight { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.FailSafeMaxDuration"/>
    public TimeSpan? FailSafeMaxDuration { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.FailSafeThrottle"/>
    public TimeSpan? FailSafeThrottle { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.FactorySoftTimeout"/>
    public TimeSpan? FactorySoftTimeout { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.FactoryHardTimeout"/>
    public TimeSpan? FactoryHardTimeout { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.TierSoftTimeout"/>
    public TimeSpan? TierSoftTimeout { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.TierHardTimeout"/>
    public TimeSpan? TierHardTimeout { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.EagerRefresh"/>
    public double? EagerRefresh { get; set; }

    /// <inheritdoc cref="TieredEntryOptions.Jitter"/>
    public double? Jitter { get; set; }
}
