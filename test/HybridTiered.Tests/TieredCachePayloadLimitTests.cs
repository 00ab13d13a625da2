using HybridTiered.Tests.Support;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCachePayloadLimitTests
{
    private const int Limit = 100;

    private readonly ManualTimeProvider _time = new();

    [TestCase(Limit, true)]
    [TestCase(Limit + 1, false)]
    public async Task A_value_above_the_limit_is_kept_in_L1_only_and_logged(int length, bool fits)
    {
        foreach (bool computes in new[] { true, false })
        {
            var tier = new InMemoryTier(_time);
            await using TestCache cache = Create(tier, Limit);
            var value = new string('v', length);

            if (computes)
                Assert.That(await cache.Hybrid.GetOrCreateAsync("k", new Source<string>(value).ComputeAsync), Is.EqualTo(value));
            else
                await cache.Hybrid.SetAsync("k", value);
            await cache.SettleAsync();

            Assert.That(tier.Keys.Contains("k"), Is.EqualTo(fits));
            Assert.That((await cache.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));
            Assert.That(cache.Log.Messages.Count(m => m.Id.Id == 3), Is.EqualTo(fits ? 0 : 1));
        }
    }

    [Test]
    public async Task A_value_above_the_limit_that_is_set_takes_the_old_one_out_of_the_tiers_below()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = Create(tier, Limit);
        await cache.Hybrid.SetAsync("k", "small");

        await cache.Hybrid.SetAsync("k", new string('v', Limit + 1));

        Assert.That(tier.Keys, Is.Empty);
    }

    [TestCase(Limit, true)]
    [TestCase(Limit - 1, false)]
    public async Task A_stored_value_above_the_limit_is_a_miss(int limit, bool found)
    {
        var tier = new InMemoryTier(_time);
        await using TestCache writer = Create(tier, 1_000);
        await using TestCache reader = Create(tier, limit);
        await writer.Hybrid.SetAsync("k", new string('v', Limit));

        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Found, Is.EqualTo(found));
        Assert.That(reader.Statistics.Tiers[1].TooLarge, Is.EqualTo(found ? 0 : 1));
    }

    [Test]
    public async Task The_default_limit_is_one_mebibyte()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);

        await cache.Hybrid.SetAsync("fits", new byte[1 << 20]);
        await cache.Hybrid.SetAsync("too large", new byte[(1 << 20) + 1]);

        Assert.That(tier.Keys, Is.EqualTo(new[] { "fits" }));
    }

    [Test]
    public async Task A_tier_can_have_a_limit_of_its_own_that_holds_for_writing_and_for_reading()
    {
        var upper = new InMemoryTier(_time);
        var lower = new InMemoryTier(_time);
        await using TestCache limited = TestCache.Create(_time, b => b
            .AddTier("upper", _ => upper, o => o.MaximumPayloadBytes = 200)
            .AddTier("lower", _ => lower));
        await using TestCache unlimited = TestCache.Create(_time, null, upper, lower);

        await limited.Hybrid.SetAsync("large", new string('v', 300));
        await limited.Hybrid.SetAsync("small", "v");
        Assert.That((upper.Keys, lower.Keys), Is.EqualTo((new[] { "small" }, new[] { "large", "small" })));

        await unlimited.Hybrid.SetAsync("other", new string('v', 300));
        await unlimited.Hybrid.SetAsync("many", new string('v', 300));
        Assert.That((await limited.Cache.TryGetAsync<string>("other")).Level, Is.EqualTo(3));
        Assert.That((await limited.Cache.GetManyAsync<string>(["many"])).Count, Is.EqualTo(1));
        Assert.That(limited.Statistics.Tiers[1].Hits, Is.Zero);
    }

    private TestCache Create(InMemoryTier tier, long limit) =>
        TestCache.Create(_time, b => b.AddTier("lower", _ => tier).Configure(o => o.MaximumPayloadBytes = limit));
}
