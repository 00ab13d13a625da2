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
}
