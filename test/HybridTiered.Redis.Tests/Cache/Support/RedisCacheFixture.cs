using HybridTiered.Configuration;
using HybridTiered.Redis.Connections;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Cache.Support;

/// <summary>Several instances of one cache on real servers, each test under a prefix of its own, and a look into Redis past all of them.</summary>
[CancelAfter(60_000)]
public abstract class RedisCacheFixture
{
    private readonly List<CacheInstance> _instances = [];
    private RedisConnection? _direct;

    protected string Prefix { get; private set; } = null!;

    protected virtual string ConnectionString => SharedServer.ConnectionString;

    [SetUp]
    public void TakePrefix() => Prefix = SharedServer.NextPrefix();

    [TearDown]
    public async Task DisposeInstances()
    {
        foreach (CacheInstance instance in _instances)
            await instance.DisposeAsync();
        _instances.Clear();
        if (_direct is not null)
            await _direct.DisposeAsync();
        _direct = null;
    }

    private protected CacheInstance Create(Action<TieredCacheOptions>? options = null, TimeProvider? time = null) =>
        Keep(CacheInstance.Create(ConnectionString, Prefix, options, time));

    private protected CacheInstance CreateHooked(Action<TieredCacheOptions>? options = null, TimeProvider? time = null) =>
        Keep(CacheInstance.CreateHooked([ConnectionString], Prefix, options, time));

    private protected async Task<CacheInstance> StartAsync(Action<TieredCacheOptions>? options = null, TimeProvider? time = null)
    {
        CacheInstance instance = Create(options, time);
        await instance.StartAsync();
        return instance;
    }

    private protected async Task<CacheInstance> StartHookedAsync(Action<TieredCacheOptions>? options = null, TimeProvider? time = null)
    {
        CacheInstance instance = CreateHooked(options, time);
        await instance.StartAsync();
        return instance;
    }

    private protected CacheInstance Keep(CacheInstance instance)
    {
        _instances.Add(instance);
        return instance;
    }

    /// <summary>The server itself.</summary>
    protected async Task<IDatabase> DirectAsync()
    {
        _direct ??= new RedisConnection(new RedisConnectionOptions { ConnectionString = ConnectionString, RetryDelay = TimeSpan.Zero });
        return (await _direct.GetMultiplexerAsync(default)).GetDatabase();
    }

    /// <summary>Whether Redis holds bytes for a key.</summary>
    protected async Task<bool> IsInRedisAsync(string key) => await (await DirectAsync()).HashExistsAsync(Prefix + key, "data");
}
