using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Configuration;

/// <summary>Settings of one cache. Bound to the configuration section <c>HybridTiered</c> and validated when the application starts.</summary>
public sealed class TieredCacheOptions
{
    /// <summary>What telemetry calls the cache that has no name.</summary>
    internal const string DefaultName = "default";

    /// <summary>Life of an entry unless a call or a policy says otherwise. Default 5 minutes; positive.</summary>
    public TimeSpan DefaultExpiration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Life of an entry in L1 unless a call or a policy says otherwise. Default: <see cref="DefaultExpiration"/>; positive.</summary>
    public TimeSpan? DefaultLocalExpiration { get; set; }

    /// <summary>Sliding expiration unless a call or a policy says otherwise. Default: none; positive.</summary>
    public TimeSpan? DefaultSlidingExpiration { get; set; }

    /// <summary>Which tiers to leave out unless a call or a policy says otherwise. Default: none.</summary>
    public HybridCacheEntryFlags DefaultFlags { get; set; }

    /// <summary>What a set tells the other instances unless a call or a policy says otherwise. Default <see cref="BroadcastMode.Remove"/>.</summary>
    public BroadcastMode DefaultBroadcast { get; set; }

    /// <summary>Whether one instance of the cluster computes for all, unless a call or a policy says otherwise. Default <see langword="false"/>.</summary>
    public bool DefaultClusterFlight { get; set; }

    /// <summary>How long expired values are kept for fail-safe unless a call or a policy says otherwise. Default zero, no fail-safe; not negative.</summary>
    public TimeSpan DefaultFailSafeMaxDuration { get; set; }

    /// <summary>How long fail-safe serves an expired value before it tries the factory again, unless a call or a policy says otherwise. Default 30 seconds; positive.</summary>
    public TimeSpan DefaultFailSafeThrottle { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long callers wait for the factory when fail-safe has an expired value for them instead, unless a call or a policy says otherwise. Default:
    /// no limit; positive.
    /// </summary>
    public TimeSpan? DefaultFactorySoftTimeout { get; set; }

    /// <summary>How long the factory may take at all, unless a call or a policy says otherwise. Default: no limit; positive.</summary>
    public TimeSpan? DefaultFactoryHardTimeout { get; set; }

    /// <summary>
    /// How long a read of a tier below L1 may take when fail-safe has an expired value instead, unless a call or a policy says otherwise. Default:
    /// <see cref="TierOptions.SoftTimeout"/> of each tier; positive.
    /// </summary>
    public TimeSpan? DefaultTierSoftTimeout { get; set; }

    /// <summary>
    /// How long a read of a tier below L1 may take, unless a call or a policy says otherwise. Default: <see cref="TierOptions.HardTimeout"/> of each tier;
    /// positive.
    /// </summary>
    public TimeSpan? DefaultTierHardTimeout { get; set; }

    /// <summary>After which part of their life entries are refreshed by a hit, unless a call or a policy says otherwise. Default 0, never; from 0 to 0.99.</summary>
    public double DefaultEagerRefresh { get; set; }

    /// <summary>Up to which part of their life entries expire earlier, at random, unless a call or a policy says otherwise. Default 0; from 0 to 0.9.</summary>
    public double DefaultJitter { get; set; }

    /// <summary>
    /// Payloads larger than this many bytes are stored Brotli-compressed in tiers below L1, in a layout that Microsoft's <c>HybridCache</c> takes for a miss. Calls with
    /// <c>HybridCacheEntryFlags.DisableCompression</c> are left out. Default: <see langword="null"/>, none; at least 64.
    /// </summary>
    public int? CompressAbove { get; set; }

    /// <summary>What L1 serves while the backplane is away, so that invalidations of other instances do not arrive. Default <see cref="OutageMode.ServeL1"/>.</summary>
    public OutageMode WhileDisconnected { get; set; }

    /// <summary>How old a value may be that L1 serves in <see cref="OutageMode.ServeRecentL1"/>. Default 1 minute; positive.</summary>
    public TimeSpan DisconnectedMaxAge { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long the lock of a cluster flight holds if its holder dies, and how long others wait for it at most. Default 10 seconds; 100 milliseconds to 1 hour.
    /// </summary>
    public TimeSpan ClusterFlightLifetime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest key in UTF-16 characters; longer ones are computed without the cache. Default 1024; 1 to 65,536.</summary>
    public int MaximumKeyLength { get; set; } = 1024;

    /// <summary>Largest serialised value in bytes that is kept in tiers below L1. Default 1 MiB; 1 to 1 GiB.</summary>
    public long MaximumPayloadBytes { get; set; } = 1024 * 1024;

    /// <summary>Largest encoded value in bytes that is pushed to other instances; larger ones they are told to drop instead. Default 64 KiB; 0 to 16 MiB.</summary>
    public int MaximumBroadcastBytes { get; set; } = 64 * 1024;

    /// <summary>What stands before every key in tiers below L1, so that caches which share one do not meet. Default: empty; a named cache takes its name and a colon.</summary>
    public string KeyPrefix { get; set; } = "";

    /// <summary>How often an instance reads from the journal what it may have missed. Default 5 seconds; 100 milliseconds to 1 hour.</summary>
    public TimeSpan JournalInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often stored tag times are read again in a chain without backplane. Default 5 seconds; 100 milliseconds to 1 day.</summary>
    public TimeSpan TagRefreshInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an operation that a tier or the backplane could not carry out waits before it is tried again. Default 1 second; 10 milliseconds to 1 hour.</summary>
    public TimeSpan RetryInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long an invalidation waits for the backplane to take it; then it is queued, and those that follow do not wait until the next attempt. Default 2 seconds;
    /// 10 milliseconds to 1 hour.
    /// </summary>
    public TimeSpan BackplaneTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How many invalidations may wait for a tier that cannot carry them out. Default 10,000; at least 1.</summary>
    public int MaximumPendingInvalidations { get; set; } = 10_000;

    /// <summary>
    /// How many writes behind calls may be under way. Beyond that what factories compute is kept in L1 alone, which is counted, and sets wait for their tiers.
    /// Default 10,000; at least 1.
    /// </summary>
    public int MaximumWritesBehind { get; set; } = 10_000;

    /// <summary>How long a shutdown waits for writes behind and flights. Default 5 seconds; zero or more.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether spans carry the key of the entry. Default <see langword="false"/>: keys may hold what is personal, and traces travel far. Metrics never carry keys.
    /// </summary>
    public bool IncludeKeysInTraces { get; set; }

    /// <summary>Entry options by key pattern; the first that matches applies.</summary>
    public IList<EntryPolicy> Policies { get; } = [];
}
