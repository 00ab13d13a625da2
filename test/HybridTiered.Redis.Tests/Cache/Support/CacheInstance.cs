using HybridTiered.Configuration;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Invalidation;
using HybridTiered.Redis.Tests.Support;
using HybridTiered.Redis.Tiers;
using HybridTiered.TestServers.Processes;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Redis.Tests.Cache.Support;

/// <summary>One instance of an application: a container of its own, with an L1 and connections of its own.</summary>
internal sealed class CacheInstance : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private CacheInstance(ServiceProvider services, RecordingLoggerFactory log)
    {
        _services = services;
        Log = log;
        Cache = services.GetRequiredService<TieredCache>();
        Distributed = services.GetRequiredService<IDistributedCache>();
    }

    public TieredCache Cache { get; }

    public IDistributedCache Distributed { get; }

    public RecordingLoggerFactory Log { get; }

    /// <summary>The Redis tiers from the top down; only of a hooked instance that has been used.</summary>
    public List<HookedTier> Tiers { get; } = [];

    /// <summary>Only of a hooked instance.</summary>
    public HookedBackplane Backplane { get; private set; } = null!;

    public CacheStatistics Statistics => Cache.GetStatistics();

    public InvalidationStatistics Invalidations => Statistics.Invalidations;

    /// <summary>How many messages of others were applied.</summary>
    public long Received => Invalidations.Received.Values.Sum();

    /// <summary>An instance as an application describes it: memory, Redis, the backplane and the lock on Redis.</summary>
    public static CacheInstance Create(
        string connectionString, string prefix, Action<TieredCacheOptions>? options = null, TimeProvider? time = null, Action<IServiceCollection>? services = null) =>
        Create(time, services, builder => builder
            .UseRedisConnection(connection =>
            {
                connection.ConnectionString = connectionString;
                connection.RetryDelay = TimeSpan.FromMilliseconds(50);
            })
            .Configure(o => Configure(o, options))
            .AddRedis(tier => tier.InstanceName = prefix)
            .UseRedisBackplane(backplane => backplane.Prefix = prefix)
            .UseRedisClusterLock(locks => locks.Prefix = prefix));

    /// <summary>An instance whose tiers, one for each connection from the top down, and backplane, on the first connection, a test can hold back.</summary>
    public static CacheInstance CreateHooked(
        IReadOnlyList<string> connectionStrings, string prefix, Action<TieredCacheOptions>? options = null, TimeProvider? time = null)
    {
        RedisConnection[] connections = [.. connectionStrings.Select(c => new RedisConnection(
            new RedisConnectionOptions { ConnectionString = c, RetryDelay = TimeSpan.FromMilliseconds(50) }))];
        HookedTier[] tiers = [.. connections.Select(c => new HookedTier(new RedisTier(c, new RedisTierOptions { InstanceName = prefix })))];
        var backplane = new HookedBackplane(new RedisBackplane(connections[0], new RedisBackplaneOptions { Prefix = prefix }));
        CacheInstance instance = Create(
            time,
            services =>
            {
                // From a factory, so that the container closes them.
                for (int i = 0; i < connections.Length; i++)
                {
                    RedisConnection connection = connections[i];
                    services.AddKeyedSingleton(i, (_, _) => connection);
                }
            },
            builder =>
            {
                builder.Configure(o => Configure(o, options)).UseBackplane(_ => backplane);
                for (int i = 0; i < tiers.Length; i++)
                {
                    int index = i;
                    builder.AddTier("redis" + i, provider =>
                    {
                        provider.GetRequiredKeyedService<RedisConnection>(index);
                        return tiers[index];
                    });
                }
            });
        instance.Tiers.AddRange(tiers);
        instance.Backplane = backplane;
        return instance;
    }

    /// <summary>Ends when the subscription is live and the journal was read.</summary>
    public async Task StartAsync()
    {
        await Cache.TryGetAsync<string>("start");
        await Eventually.TrueAsync(() => Invalidations is { IsConnected: true, CatchUps: > 0 }, "subscribed and caught up");
    }

    /// <summary>Ends when nothing goes on behind calls.</summary>
    public Task QuietAsync() => Eventually.TrueAsync(() => Statistics is { Background: 0, Flights: 0 }, "nothing goes on behind calls");

    public Task ReceivedAsync(long count) => Eventually.TrueAsync(() => Received >= count, $"{count} messages received");

    /// <summary>The value and the level it was found on, without computing it.</summary>
    public ValueTask<CacheResult<string>> FindAsync(string key) => Cache.TryGetAsync<string>(key);

    public ValueTask<string> GetAsync(string key, Func<Task<string>> compute, params string[] tags) =>
        Cache.GetOrCreateAsync(key, compute, static async (c, _) => await c(), tags: tags);

    public ValueTask<string> GetAsync(string key, string computed, params string[] tags) => GetAsync(key, () => Task.FromResult(computed), tags);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Log.Dispose();
    }

    private static void Configure(TieredCacheOptions options, Action<TieredCacheOptions>? more)
    {
        // What a message does must not be done by the journal in its place, unless a test is about that.
        options.JournalInterval = TimeSpan.FromHours(1);
        options.RetryInterval = TimeSpan.FromMilliseconds(20);
        more?.Invoke(options);
    }

    private static CacheInstance Create(TimeProvider? time, Action<IServiceCollection>? services, Action<HybridTieredBuilder> configure)
    {
        var log = new RecordingLoggerFactory();
        var collection = new ServiceCollection();
        collection.AddSingleton<ILoggerFactory>(log);
        if (time is not null)
            collection.AddSingleton(time);
        services?.Invoke(collection);
        collection.AddHybridTiered(configure);
        return new CacheInstance(collection.BuildServiceProvider(), log);
    }
}
