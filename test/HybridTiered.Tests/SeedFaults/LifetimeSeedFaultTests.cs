using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HybridTiered.Tests.SeedFaults;

/// <summary>Known faults of this product's predecessor around lifetimes.</summary>
[TestFixture, Category("Unit")]
public sealed class LifetimeSeedFaultTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task F12_An_entry_that_climbs_from_tier_to_tier_does_not_live_longer_than_where_it_came_from()
    {
        InMemoryTier[] tiers = [new(_time), new(_time), new(_time)];
        await using TestCache writer = Create(tiers[2], 8);
        await writer.Hybrid.SetAsync("k", "v", CacheStrategy.MediumTerm);
        await using TestCache climber = TestCache.Create(_time, b => b
            .AddMemory(o => o.TtlScale = 4)
            .AddTier("l2", _ => tiers[0], o => o.TtlScale = 2)
            .AddTier("l3", _ => tiers[1], o => o.TtlScale = 4)
            .AddTier("l4", _ => tiers[2], o => o.TtlScale = 8));
        _time.Advance(7 * Hour);

        Assert.That((await climber.Cache.TryGetAsync<string>("k", CacheStrategy.LongTerm)).Level, Is.EqualTo(4));
        await climber.SettleAsync();

        Assert.That(tiers.Select(t => t.Peek("k")?.Absolute), Is.All.EqualTo(Hour));
        _time.Advance(Hour);
        Assert.That((await climber.Cache.TryGetAsync<string>("k")).Found, Is.False);
    }

    [Test]
    public async Task F12_A_copy_does_not_live_longer_above_than_a_new_entry_would()
    {
        InMemoryTier[] tiers = [new(_time), new(_time)];
        await using TestCache writer = Create(tiers[1], 8);
        await writer.Hybrid.SetAsync("k", "v", CacheStrategy.MediumTerm);
        await using TestCache reader = TestCache.Create(
            _time, b => b.AddTier("l2", _ => tiers[0], o => o.TtlScale = 2).AddTier("l3", _ => tiers[1], o => o.TtlScale = 8));

        await reader.Cache.TryGetAsync<string>("k");
        await reader.SettleAsync();

        Assert.That(tiers[0].Peek("k")?.Absolute, Is.EqualTo(2 * Hour));
        // From the copy, not from the source, one life further: it ends when the copy does.
        await using TestCache third = TestCache.Create(_time, b => b.AddTier("l2", _ => tiers[0], o => o.TtlScale = 2));
        _time.Advance(1.5 * Hour);
        Assert.That((await third.Cache.TryGetAsync<string>("k", CacheStrategy.LongTerm)).Level, Is.EqualTo(2));
        _time.Advance(0.5 * Hour);
        Assert.That((await third.Cache.TryGetAsync<string>("k")).Found, Is.False);
    }

    [TestCase(400)]
    [TestCase(1)]
    [TestCase(1999)]
    public async Task F13_What_is_left_is_not_rounded_to_seconds(int milliseconds)
    {
        var life = TimeSpan.FromMilliseconds(milliseconds);
        var instant = TimeSpan.FromMilliseconds(1);
        var tier = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await using TestCache reader = TestCache.Create(_time, null, tier);
        await writer.Hybrid.SetAsync("k", "v", CacheStrategy.Custom(Hour + life));
        _time.Advance(Hour);

        Assert.That((await reader.Cache.TryGetAsync<string>("k", CacheStrategy.LongTerm)).Level, Is.EqualTo(2));
        _time.Advance(life - instant);
        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));
        _time.Advance(instant);

        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Found, Is.False);
    }

    [Test]
    public async Task F13_Value_and_remaining_life_come_from_one_read()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await using TestCache reader = TestCache.Create(_time, null, tier);
        await writer.Hybrid.SetAsync("k", "v");
        await reader.Cache.TryGetAsync<string>("warms the wildcard's record");
        await reader.Cache.TryGetAsync<string>("k");
        int before = tier.Count(InMemoryTier.Read);
        await writer.Hybrid.SetAsync("l", "v");

        await reader.Cache.TryGetAsync<string>("l");

        Assert.That(tier.Count(InMemoryTier.Read) - before, Is.EqualTo(1));
    }

    [Test]
    public async Task F14_A_tier_that_cannot_tell_what_is_left_does_not_make_an_entry_outlive_its_contract()
    {
        ICacheTier tier = MemoryDistributed.CreateTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await using TestCache reader = TestCache.Create(_time, null, tier);
        await writer.Hybrid.SetAsync("k", "v", CacheStrategy.RealTime);
        await writer.Distributed.SetAsync("raw", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(10) });
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Found, Is.True);
        Assert.That(await reader.Distributed.GetAsync("raw"), Is.Not.Null);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Found, Is.False);
        Assert.That(await reader.Distributed.GetAsync("raw"), Is.Null);
    }

    [TestCase(-1)]
    [TestCase(0)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void F17_A_senseless_scale_is_a_validation_error_and_not_a_crash(double scale)
    {
        using ServiceProvider provider = new ServiceCollection()
            .AddHybridTiered(b => b.AddTier("x", _ => new InMemoryTier(_time), o => o.TtlScale = scale)).BuildServiceProvider();

        Assert.That(() => provider.GetRequiredService<TieredCache>(), Throws.InstanceOf<OptionsValidationException>().With.Message.Contains("TtlScale"));
    }

    [Test]
    public async Task F17_No_lower_tier_at_all_is_a_cache_in_memory_and_not_a_crash()
    {
        await using TestCache cache = TestCache.Create(_time);

        await cache.Hybrid.SetAsync("k", "v");

        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));
    }

    [Test]
    public async Task F17_A_huge_life_times_a_huge_scale_is_endless_and_not_a_crash()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, b => b
            .AddMemory(o => o.TtlScale = 1_000_000).AddTier("x", _ => tier, o => o.TtlScale = 1_000_000));
        await using TestCache other = Create(tier, 1_000_000);

        await cache.Hybrid.SetAsync("k", "v", CacheStrategy.Custom(TimeSpan.MaxValue));
        await cache.Hybrid.GetOrCreateAsync("l", new Source<string>("v").ComputeAsync, CacheStrategy.Custom(TimeSpan.FromDays(36_500)));
        await cache.SettleAsync();

        Assert.That((await cache.Cache.GetManyAsync<string>(["k", "l"])).Count, Is.EqualTo(2));
        Assert.That((await other.Cache.GetManyAsync<string>(["k", "l"])).Count, Is.EqualTo(2));
        Assert.That(cache.Statistics.Tiers[1].WriteFaults, Is.Zero);
    }

    private TestCache Create(InMemoryTier tier, double scale) => TestCache.Create(_time, b => b.AddTier("x", _ => tier, o => o.TtlScale = scale));
}
