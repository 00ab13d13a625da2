using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Tracking;

[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class TrackedCacheTests
{
    private RedisServer _server = null!;
    private ServiceProvider _services = null!;
    private ConnectionMultiplexer _foreign = null!;

    private TieredCache Cache => _services.GetRequiredService<TieredCache>();

    [SetUp]
    public async Task Start()
    {
        _server = await RedisServer.StartAsync();
        _foreign = await ConnectionMultiplexer.ConnectAsync(_server.EndPoint);
        _services = new ServiceCollection()
            .AddHybridTiered(cache => cache.AddRedis(_server.EndPoint, tier => tier.InstanceName = "app:").UseRedisKeyTracking("app:"))
            .BuildServiceProvider();
    }

    [TearDown]
    public async Task Stop()
    {
        await _services.DisposeAsync();
        await _foreign.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task A_key_that_another_program_removes_leaves_memory()
    {
        await FillMemoryAsync("k", "old");

        await _foreign.GetDatabase().KeyDeleteAsync("app:k");

        await Eventually.TrueAsync(async () => await LevelAsync("k") == 0, "the removal reaches L1");
        Assert.That(await Cache.GetOrCreateAsync("k", _ => new ValueTask<string>("new")), Is.EqualTo("new"));
    }

    [Test]
    public async Task A_value_that_Microsofts_cache_writes_replaces_the_one_in_memory()
    {
        using var microsofts = new RedisCache(new RedisCacheOptions { Configuration = _server.EndPoint, InstanceName = "app:" });
        IDistributedCache ours = _services.GetRequiredService<IDistributedCache>();
        await ours.SetAsync("k", [1], new DistributedCacheEntryOptions());
        await Eventually.TrueAsync(async () => await ours.GetAsync("k") is [1], "there");

        await microsofts.SetAsync("k", [2], new DistributedCacheEntryOptions());

        await Eventually.TrueAsync(async () => await ours.GetAsync("k") is [2], "the new value is read");
    }

    [Test]
    public async Task A_tag_record_that_a_cache_without_backplane_writes_kills_the_entries_in_memory()
    {
        await FillMemoryAsync("k", "old", "tag");
        byte[] later = BitConverter.GetBytes(DateTime.UtcNow.AddSeconds(1).Ticks);

        await _foreign.GetDatabase().HashSetAsync("app:__MSFT_HCT__tag", [new HashEntry("absexp", -1), new HashEntry("sldexp", -1), new HashEntry("data", later)]);

        await Eventually.TrueAsync(async () => await LevelAsync("k") == 0, "the tag's time reaches L1");
    }

    [Test]
    public async Task A_flush_empties_memory()
    {
        await FillMemoryAsync("a", "old");
        await FillMemoryAsync("b", "old");

        await _server.CommandAsync("FLUSHALL");

        await Eventually.TrueAsync(async () => await LevelAsync("a") == 0 && await LevelAsync("b") == 0, "the flush reaches L1");
    }

    [Test]
    public async Task A_value_written_here_is_in_memory_again_after_one_read_from_Redis()
    {
        int computed = 0;
        await FillMemoryAsync("k", "v");

        for (int i = 0; i < 100; i++)
            await Cache.GetOrCreateAsync("k", _ => new ValueTask<string>($"again {++computed}"));

        Assert.That(computed, Is.Zero);
        Assert.That(await LevelAsync("k"), Is.EqualTo(1));
    }

    // Until its own writes have been reported, the cache reads the value back from Redis; then it stays in L1.
    private async Task FillMemoryAsync(string key, string value, params string[] tags)
    {
        await Cache.SetAsync(key, value, tags: tags);
        int inARow = 0;
        await Eventually.TrueAsync(async () => (inARow = await LevelAsync(key) == 1 ? inARow + 1 : 0) > 5, "the value stays in L1");
    }

    private async Task<int> LevelAsync(string key) => (await Cache.TryGetAsync<string>(key)).Level;
}
