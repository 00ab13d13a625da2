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

    /// <summary>
    /// How long an expired value is kept, in L1 and below, to be served when the factory fails or takes too long. An invalidated value is never served. Default: that of
    /// the cache (none). Zero for none; not negative.
    /// </summary>
    public TimeSpan? FailSafeMaxDuration { get; init; }

    /// <summary>How long an expired value is served by fail-safe before the factory is tried again. Default: that of the cache (30 seconds). Must be positive.</summary>
    public TimeSpan? FailSafeThrottle { get; init; }

    /// <summary>
    /// How long callers wait for the factory when fail-safe has an expired value for them instead; the factory goes on, and its result is stored when it comes.
    /// Until then, and for ten times <see cref="FailSafeThrottle"/> at most, it is not called again.
    /// Default: that of the cache (no limit). Must be positive.
    /// </summary>
    public TimeSpan? FactorySoftTimeout { get; init; }

    /// <summary>
    /// How long the factory may take at all. Then its token fires, what it still returns is ignored, and callers get an expired value from fail-safe or a
    /// <see cref="TimeoutException"/>. Default: that of the cache (no limit). Must be positive.
    /// </summary>
    public TimeSpan? FactoryHardTimeout { get; init; }

    /// <summary>
    /// How long a read of a tier below L1 may take when fail-safe has an expired value instead. Default: that of the cache, or else
    /// <see cref="Configuration.TierOptions.SoftTimeout"/> of each tier. Must be positive.
    /// </summary>
    public TimeSpan? TierSoftTimeout { get; init; }

    /// <summary>
    /// How long a read of a tier below L1 may take. Default: that of the cache, or else <see cref="Configuration.TierOptions.HardTimeout"/> of each tier. Must be positive.
    /// </summary>
    public TimeSpan? TierHardTimeout { get; init; }

    /// <summary>
    /// The part of its life after which the first hit in L1 computes the entry anew, behind the call. Default: that of the cache (none). From 0, for
    /// none, to 0.99.
    /// </summary>
    public double? EagerRefresh { get; init; }

    /// <summary>
    /// Up to which part of its life an entry expires earlier, at random, so that entries made together do not expire together. Default: that of the cache (none). From 0
    /// to 0.9.
    /// </summary>
    public double? Jitter { get; init; }

    /// <summary>Whether anything is said about what happens when something fails or takes long.</summary>
    internal bool HasResilience =>
        FailSafeMaxDuration is not null || FailSafeThrottle is not null || FactorySoftTimeout is not null || FactoryHardTimeout is not null
        || TierSoftTimeout is not null || TierHardTimeout is not null || EagerRefresh is not null || Jitter is not null;

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
