using HybridTiered.Redis.Tests.Cache.Support;
using HybridTiered.TestServers.Redis;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary>Three tiers: memory, one Redis, another Redis on another server. What climbs from the lowest meets a removal on its way.</summary>
[TestFixture]
[Category("Redis")]
public class PromotionRaceTests : RedisCacheFixture
{
    private const string Key = "k";
    private const int Upper = 0;
    private const int Lower = 1;

    private RedisServer _lowerServer = null!;
    private CacheInstance _reading = null!;
    private CacheInstance _removing = null!;

    [OneTimeSetUp]
    public async Task StartLowerServer() => _lowerServer = await RedisServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopLowerServer() => await _lowerServer.DisposeAsync();

    [SetUp]
    public async Task FillTheLowestTierAlone()
    {
        _removing = await StartAsync();
        await _removing.GetAsync(Key, "old");
        await _removing.QuietAsync();
        await (await DirectAsync()).KeyDeleteAsync(Prefix + Key);
        _reading = await StartAsync();
    }

    [Test]
    public async Task Hit_in_the_lowest_tier_climbs_to_both_above()
    {
        Assert.That((await _reading.FindAsync(Key)).Level, Is.EqualTo(3));
        await _reading.QuietAsync();

        Assert.That((await _reading.FindAsync(Key)).Level, Is.EqualTo(1));
        Assert.That((await (await StartAsync()).FindAsync(Key)).Level, Is.EqualTo(2));
        Assert.That(_reading.Statistics.Tiers.Select(t => t.Promotions), Is.EqualTo(new[] { 1, 1, 0 }));
    }

    // Whether the message arrives or not: the upper Redis refuses by itself.
    [Test]
    public async Task Removal_keeps_what_is_being_promoted_out_of_every_tier(
        [Values("after the version of the upper tier", "after the lowest tier", "before the write to the upper tier")] string moment, [Values] bool messageIsLost)
    {
        Gate gate = moment switch
        {
            "after the version of the upper tier" => _reading.Tiers[Upper].HoldAfter(TierStep.ReadVersion, Key),
            "after the lowest tier" => _reading.Tiers[Lower].HoldAfter(TierStep.Read, Key),
            _ => _reading.Tiers[Upper].HoldBefore(TierStep.WriteIfUnchanged, Key),
        };
        _reading.Backplane.LosesMessages = messageIsLost;
        Task<CacheResult<string>> read = _reading.FindAsync(Key).AsTask();
        await gate.Reached;

        await _removing.Cache.RemoveAsync(Key);
        if (!messageIsLost)
            await _reading.ReceivedAsync(1);
        gate.Open();

        await read;
        await AssertNowhereBelowAsync();
        Assert.That((await _reading.FindAsync(Key)).Found, Is.False);
    }

    [Test]
    public async Task Removal_that_is_between_the_tiers_takes_out_what_was_promoted_meanwhile()
    {
        Gate readFromLowest = _reading.Tiers[Lower].HoldAfter(TierStep.Read, Key);
        Task<CacheResult<string>> read = _reading.FindAsync(Key).AsTask();
        await readFromLowest.Reached;
        Gate beforeUpper = _removing.Tiers[Upper].HoldBefore(TierStep.Remove, Key);
        Task removal = _removing.Cache.RemoveAsync(Key).AsTask();
        await beforeUpper.Reached;

        readFromLowest.Open();
        Assert.That((await read).Value, Is.EqualTo("old"), "as the removal has not ended");
        await _reading.QuietAsync();
        Assert.That(await IsInRedisAsync(Key), Is.True, "promoted");
        beforeUpper.Open();
        await removal;
        await _reading.ReceivedAsync(1);

        await AssertNowhereBelowAsync();
        Assert.That((await _reading.FindAsync(Key)).Found, Is.False);
    }

    [Test]
    public async Task Promotion_gives_way_to_a_new_value()
    {
        Gate gate = _reading.Tiers[Lower].HoldAfter(TierStep.Read, Key);
        Task<CacheResult<string>> read = _reading.FindAsync(Key).AsTask();
        await gate.Reached;

        await _removing.Cache.SetAsync(Key, "new");
        await _reading.ReceivedAsync(1);
        gate.Open();

        await read;
        await _reading.QuietAsync();
        Assert.That((await _reading.FindAsync(Key)).Value, Is.EqualTo("new"));
        Assert.That(await (await StartAsync()).FindAsync(Key), Is.EqualTo(new CacheResult<string>(true, "new", 2)));
    }

    private async Task AssertNowhereBelowAsync()
    {
        await _reading.QuietAsync();
        await _removing.QuietAsync();
        Assert.That(await IsInRedisAsync(Key), Is.False, "upper tier");
        Assert.That(await _lowerServer.CommandAsync($"HEXISTS {Prefix}{Key} data"), Is.EqualTo(":0"), "lowest tier");
        Assert.That((await (await StartAsync()).FindAsync(Key)).Found, Is.False);
    }

    private async Task<CacheInstance> StartAsync()
    {
        CacheInstance instance = Keep(CacheInstance.CreateHooked([ConnectionString, _lowerServer.EndPoint], Prefix));
        await instance.StartAsync();
        return instance;
    }
}
