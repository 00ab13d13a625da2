using System.Buffers;
using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Invalidation;
using HybridTiered.Serialization;
using HybridTiered.Tags;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Chain;

/// <summary>The ordered tiers of one cache and everything its operations share. Made once by the registration; holds no logic of its own.</summary>
internal sealed class TierChain
{
    public required TieredCacheOptions Options { get; init; }

    public required MemoryTierOptions MemoryOptions { get; init; }

    public required EntrySettingsResolver Settings { get; init; }

    public required MemoryTier Memory { get; init; }

    /// <summary>The tiers below L1, from the top down.</summary>
    public required IReadOnlyList<GuardedTier> Lower
    {
        get;
        init
        {
            field = value;
            HasWritableLower = value.Any(t => t.IsWritable);
            HasConditionalLower = value.Any(t => t.IsConditional);
        }
    }

    public required TagRegistry Tags { get; init; }

    public required TagRecords TagRecords { get; init; }

    public required FlightTable Flights { get; init; }

    public required SerializerRegistry Serializers { get; init; }

    public required ClusterClock Clock { get; init; }

    public required TimeProvider Time { get; init; }

    public required CacheCounters Counters { get; init; }

    public required CacheTelemetry Telemetry { get; init; }

    /// <summary>The last invalidations, for those who watch.</summary>
    public required RecentInvalidations Recent { get; init; }

    public required BackgroundWork Background { get; init; }

    /// <summary>Makes flights one for the cluster; <see langword="null"/> where there is none.</summary>
    public IClusterLock? ClusterLock { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>For what every operation can cause to be logged.</summary>
    public required ThrottledLogger Throttled { get; init; }

    /// <summary>A number below its argument, at random: decides which hits are promoted. Tests replace it by a seeded one.</summary>
    public required Func<int, int> Random { get; set; }

    /// <summary>Where the buffers of values and entries come from. Tests replace it by one that sees what comes back.</summary>
    public ArrayPool<byte> Buffers { get; set; } = ArrayPool<byte>.Shared;

    public required RecentVersions RecentVersions { get; init; }

    public KeyLocks Locks { get; } = new();

    /// <summary>Fires when the cache is being disposed: the token of factories whose callers cannot leave.</summary>
    public required CancellationToken ShutdownToken { get; init; }

    public bool HasLower => Lower.Count > 0;

    /// <summary>Whether any tier below L1 takes writes.</summary>
    public bool HasWritableLower { get; private init; }

    /// <summary>Whether any tier below L1 compares versions when it is written.</summary>
    public bool HasConditionalLower { get; private init; }

    /// <summary>The lowest shared tier with versions: the one whose versions invalidations carry.</summary>
    public GuardedTier? VersionAuthority => Lower.LastOrDefault(t => t.IsConditional && t.Reach == TierReach.Shared);
}
