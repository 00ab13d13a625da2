using System.Runtime.CompilerServices;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered;

/// <summary>
/// What can be said about an entry, including what the sealed <see cref="HybridCacheEntryOptions"/> has no room for. Converts to a
/// <see cref="HybridCacheEntryOptions"/> that <see cref="TieredCache"/> recognises, so it can be passed to every <see cref="HybridCache"/> method.
/// </summary>
/// <remarks>Immutable, so keep one instance per purpose in a static field; converting it again costs nothing then.</remarks>
public sealed class TieredEntryOptions
{
    // Keyed by the converted instance: the only thing that comes back through HybridCache's methods.
    private static readonly ConditionalWeakTable<HybridCacheEntryOptions, TieredEntryOptions> Converted = [];

    private HybridCacheEntryOptions? _asHybrid;

    /// <summary>Life of the entry from the end of its computation, before any tier scales it. Default: that of the cache (5 minutes). Must be positive.</summary>
    public TimeSpan? Expiration { get; init; }

    /// <summary>Life of the entry in L1, at most <see cref="Expiration"/> where that is given too. Default: <see cref="Expiration"/>. Must be positive.</summary>
    public TimeSpan? LocalExpiration { get; init; }

    /// <summary>
    /// Time without a read after which the entry expires, in every tier, never beyond <see cref="Expiration"/>. Default: none. Must be positive.
    /// </summary>
    public TimeSpan? SlidingExpiration { get; init; }

    /// <summary>Which tiers to leave out. Default: the flags of the cache.</summary>
    public HybridCacheEntryFlags? Flags { get; init; }

    /// <summary>What <c>SetAsync</c> tells the other instances. Default: that of the cache (<see cref="BroadcastMode.Remove"/>).</summary>
    public BroadcastMode? Broadcast { get; init; }

    /// <summary>Whether a hit in a lower tier is copied to the tiers above. Default: <see langword="true"/>.</summary>
    public bool? Promote { get; init; }

    /// <summary>
    /// Whether only one instance of the cluster computes the value while the others wait for it. Needs a cluster lock and a shared tier. Default: that of the
    /// cache (<see langword="false"/>).
    /// </summary>
    public bool? ClusterFlight { get; init; }

    /// <summary>Converts, so that the options can be passed where <see cref="HybridCacheEntryOptions"/> are expected.</summary>
    /// <param name="options">The options, or <see langword="null"/>.</param>
    public static implicit operator HybridCacheEntryOptions?(TieredEntryOptions? options) => options?.ToHybridCacheEntryOptions();

    /// <summary>Converts, so that the options can be passed where <see cref="HybridCacheEntryOptions"/> are expected. The same instance each time.</summary>
    public HybridCacheEntryOptions ToHybridCacheEntryOptions()
    {
        if (_asHybrid is { } known)
            return known;
        var converted = new HybridCacheEntryOptions { Expiration = Expiration, LocalCacheExpiration = LocalExpiration, Flags = Flags };
        Converted.Add(converted, this);
        return Interlocked.CompareExchange(ref _asHybrid, converted, null) ?? converted;
    }

    /// <summary>What was converted to these options, or <see langword="null"/> when they were made directly.</summary>
    internal static TieredEntryOptions? Recognise(HybridCacheEntryOptions options) =>
        Converted.TryGetValue(options, out TieredEntryOptions? known) ? known : null;
}
