using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Tiers;
using HybridTiered.TestServers.Redis;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>A Redis server of its own, one client, and a cache, a tier and the bare client on that same connection.</summary>
internal sealed class RedisGround : IAsyncDisposable
{
    /// <summary>Past L1, down to Redis.</summary>
    public static readonly HybridCacheEntryOptions WithoutMemory = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };

    /// <summary>How many callers read at once where many do.</summary>
    public const int Callers = 64;

    // Each caller has its own, so that no two share a flight.
    private const int KeysPerCaller = 16;
    private const int ValueLength = 100;

    /// <summary>The keys of small values, which are there after <see cref="FillAsync"/>.</summary>
    public static readonly string[] Keys = [.. Enumerable.Range(0, Callers * KeysPerCaller).Select(i => $"product:{i}")];

    private readonly RedisServer _server;
    private readonly ConnectionMultiplexer _multiplexer;
    private readonly RedisConnection _connection;
    private readonly ServiceProvider _services;

    private RedisGround(RedisServer server, ConnectionMultiplexer multiplexer, ServiceProvider services)
    {
        _server = server;
        _multiplexer = multiplexer;
        _connection = new RedisConnection(new RedisConnectionOptions { Multiplexer = multiplexer });
        _services = services;
        Tier = new RedisTier(_connection, new RedisTierOptions());
        Database = multiplexer.GetDatabase();
        Cache = services.GetRequiredService<TieredCache>();
    }

    public TieredCache Cache { get; }

    public RedisTier Tier { get; }

    public IDatabase Database { get; }

    /// <summary>Starts the server and connects.</summary>
    /// <param name="configure">What more the services of the cache need.</param>
    public static async Task<RedisGround> StartAsync(Action<IServiceCollection>? configure = null)
    {
        RedisServer server = await RedisServer.StartAsync();
        ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync(server.EndPoint);
        ServiceCollection services = new();
        services.AddHybridTiered(cache => cache.AddMemory().AddRedis(multiplexer));
        configure?.Invoke(services);
        return new RedisGround(server, multiplexer, services.BuildServiceProvider());
    }

    /// <summary>The key of a call: one of the caller's own.</summary>
    public static string KeyOf(int caller, int call) => Keys[(caller * KeysPerCaller) + (call % KeysPerCaller)];

    /// <summary>Sets a small value under each of <see cref="Keys"/>.</summary>
    public async Task FillAsync()
    {
        string value = new('v', ValueLength);
        foreach (string key in Keys)
            await Cache.SetAsync(key, value, new HybridCacheEntryOptions { Expiration = TimeSpan.FromHours(1) });
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Tier.DisposeAsync();
        await _connection.DisposeAsync();
        await _multiplexer.DisposeAsync();
        await _server.DisposeAsync();
    }
}
