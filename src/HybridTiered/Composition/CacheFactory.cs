using HybridTiered.Chain;
using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Invalidation;
using HybridTiered.Serialization;
using HybridTiered.Tags;
using HybridTiered.Tiers.Adapters;
using HybridTiered.Tiers.Memory;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace HybridTiered.Composition;

/// <summary>Makes a cache from its description. Waits for no connection.</summary>
internal static class CacheFactory
{
    public static CacheCore Create(IServiceProvider services, HybridTieredBuilder builder)
    {
        TieredCacheOptions options = services.GetRequiredService<IOptionsMonitor<TieredCacheOptions>>().Get(builder.OptionsName);
        MemoryTierOptions memoryOptions = services.GetRequiredService<IOptionsMonitor<MemoryTierOptions>>().Get(builder.OptionsName);
        TimeProvider time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        ILogger logger = services.GetService<ILoggerFactory>()?.CreateLogger("HybridTiered") ?? NullLogger.Instance;

        var coarse = new CoarseClock(time);
        IBackplane? backplane = builder.Backplane?.Invoke(services);
        var clock = new ClusterClock(time) { IsShared = backplane is IClusterTime };
        var tags = new TagRegistry();
        var counters = new CacheCounters();
        var telemetry = new CacheTelemetry(
            services.GetRequiredService<CacheMeter>(), builder.Name ?? TieredCacheOptions.DefaultName, time, options.IncludeKeysInTraces);
        List<GuardedTier> lower = CreateTiers(services, builder, options, time, logger, telemetry);
        var recent = new RecentInvalidations();
        var shutdown = new CancellationTokenSource();
        long idle = (long)(memoryOptions.TimeToIdle?.TotalMilliseconds ?? 0);

        var chain = new TierChain
        {
            Options = options,
            MemoryOptions = memoryOptions,
            Settings = new EntrySettingsResolver(options),
            Memory = new MemoryTier(CreateStore(services, memoryOptions, coarse, time), coarse, tags, idle),
            Lower = lower,
            Tags = tags,
            TagRecords = new TagRecords(lower, tags, coarse, backplane is null ? options.TagRefreshInterval : null),
            Flights = new FlightTable(clock, tags),
            Serializers = new SerializerRegistry(services),
            Clock = clock,
            Time = time,
            Counters = counters,
            Telemetry = telemetry,
            Recent = recent,
            RecentVersions = new RecentVersions(time, isNeeded: backplane is not null),
            Background = new BackgroundWork(logger),
            ClusterLock = builder.ClusterLock?.Invoke(services),
            Logger = logger,
            Throttled = new ThrottledLogger(logger, time),
            Random = Random.Shared.Next,
            ShutdownToken = shutdown.Token,
        };
        var timing = new CoordinatorTiming(options.RetryInterval, options.JournalInterval, options.BackplaneTimeout);
        var coordinator = new InvalidationCoordinator(backplane, timing, time, clock, counters, logger, options.MaximumPendingInvalidations)
        {
            Telemetry = telemetry,
            Recent = recent,
        };
        KeyChanges? changes = builder.KeyChanges is { } source ? new KeyChanges(chain, source(services)) : null;
        return new CacheCore(chain, coordinator, changes, shutdown);
    }

    private static List<GuardedTier> CreateTiers(
        IServiceProvider services, HybridTieredBuilder builder, TieredCacheOptions options, TimeProvider time, ILogger logger, CacheTelemetry telemetry)
    {
        var tiers = new List<GuardedTier>();
        int level = 1;
        foreach ((TierRegistration registration, TierOptions tierOptions) in builder.ResolveTiers(services))
        {
            if (registration.Create(services, tierOptions) is not { } tier)
                continue;
            level = tierOptions.Level ?? level + 1;
            tiers.Add(new GuardedTier(
                tier, level, tierOptions.Name ?? registration.Kind, tierOptions, options.KeyPrefix, options.MaximumPendingInvalidations, time, logger, telemetry));
        }
        return tiers;
    }

    private static IMemoryStore CreateStore(IServiceProvider services, MemoryTierOptions options, CoarseClock clock, TimeProvider time)
    {
        if (options.StoreFactory is { } factory)
            return factory(services);
        return options.Store switch
        {
            MemoryStoreKind.Unbounded => new UnboundedStore(clock, time),
            MemoryStoreKind.MemoryCache => new MemoryCacheStore(
                services.GetService<IMemoryCache>()
                ?? throw new InvalidOperationException("Memory.Store is MemoryCache, but the application has no IMemoryCache; call AddMemoryCache."),
                clock, time),
            _ => new S3FifoStore(options.SizeLimit, options.EntryLimit, clock, time),
        };
    }
}
