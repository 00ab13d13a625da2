using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCacheExpirationTests
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly ManualTimeProvider _time = new();

    // Minutes: the defaults of the cache, what the call says, what L1 and the lower tier then give.
    [TestCase(null, null, null, null, 5, 5)]
    [TestCase(7, null, null, null, 7, 7)]
    [TestCase(7, 3, null, null, 3, 7)]
    [TestCase(7, 3, 20, null, 20, 20)]
    [TestCase(7, 3, null, 9, 9, 7)]
    [TestCase(7, 3, 20, 2, 2, 20)]
    [TestCase(7, 3, 2, 20, 2, 2)]
    [TestCase(null, null, null, 1, 1, 5)]
    public async Task Lifetimes_come_from_the_call_else_from_the_defaults(
        int? defaultAll, int? defaultLocal, int? all, int? local, int expectedLocal, int expectedLower)
    {
        foreach (bool computes in new[] { true, false })
        {
            var tier = new InMemoryTier(_time);
            await using TestCache cache = TestCache.Create(_time, b => b.AddTier("lower", _ => tier).Configure(o =>
            {
                o.DefaultExpiration = Minutes(defaultAll) ?? o.DefaultExpiration;
                o.DefaultLocalExpiration = Minutes(defaultLocal);
            }));
            HybridCacheEntryOptions? options = all is null && local is null
                ? null
                : new HybridCacheEntryOptions { Expiration = Minutes(all), LocalCacheExpiration = Minutes(local) };
            if (computes)
                await cache.Hybrid.GetOrCreateAsync("k", new Source<string>("v").ComputeAsync, options);
            else
                await cache.Hybrid.SetAsync("k", "v", options);
            await cache.SettleAsync();

            Assert.That(tier.Peek("k")?.Absolute, Is.EqualTo(Minutes(expectedLower)));
            await AssertLivesInL1Async(cache, Minutes(expectedLocal)!.Value);
        }
    }

    [Test]
    public async Task A_hit_in_a_lower_tier_gives_L1_no_more_than_is_left_of_it()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache a = TestCache.Create(_time, null, tier);
        await using TestCache b = TestCache.Create(_time, null, tier);
        await a.Hybrid.SetAsync("k", "v", CacheStrategy.Custom(TimeSpan.FromMinutes(10)));
        _time.Advance(TimeSpan.FromMinutes(8));

        CacheResult<string> found = await b.Cache.TryGetAsync<string>("k", CacheStrategy.Custom(TimeSpan.FromHours(1)));

        Assert.That(found.Level, Is.EqualTo(2));
        await AssertLivesInL1Async(b, TimeSpan.FromMinutes(2));
    }

    [Test]
    public async Task A_hit_in_a_lower_tier_gives_L1_no_more_than_the_call_asks_for()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache a = TestCache.Create(_time, null, tier);
        await using TestCache b = TestCache.Create(_time, null, tier);
        await a.Hybrid.SetAsync("k", "v", CacheStrategy.LongTerm);

        await b.Cache.TryGetAsync<string>("k", new HybridCacheEntryOptions { LocalCacheExpiration = TimeSpan.FromSeconds(30) });

        await AssertLivesInL1Async(b, TimeSpan.FromSeconds(30));
    }

    [Test]
    public async Task The_duration_counts_from_the_end_of_the_computation()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);

        await cache.Hybrid.GetOrCreateAsync("k", _ =>
        {
            _time.Advance(TimeSpan.FromSeconds(20));
            return new ValueTask<string>("v");
        }, CacheStrategy.RealTime);
        await cache.SettleAsync();

        Assert.That(tier.Peek("k")?.Absolute, Is.EqualTo(TimeSpan.FromSeconds(10)));
        await AssertLivesInL1Async(cache, TimeSpan.FromSeconds(10));
    }

    [TestCase(0)]
    [TestCase(-1)]
    public async Task An_expiration_that_is_not_positive_is_rejected_before_the_factory_runs(int seconds)
    {
        await using TestCache cache = TestCache.Create(_time);
        var source = new Source<string>("v");
        var span = TimeSpan.FromSeconds(seconds);
        foreach (HybridCacheEntryOptions options in new HybridCacheEntryOptions[]
        {
            new() { Expiration = span },
            new() { LocalCacheExpiration = span },
            new TieredEntryOptions { SlidingExpiration = span }!,
        })
        {
            Assert.That(async () => await cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync, options), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(async () => await cache.Hybrid.SetAsync("k", "v", options), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(async () => await cache.Cache.TryGetAsync<string>("k", options), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }

        Assert.That(source.Calls, Is.Zero);
    }

    [Test]
    public async Task The_longest_expiration_there_is_is_kept_for_ever()
    {
        foreach (bool slow in new[] { false, true })
        {
            var tier = new InMemoryTier(_time);
            await using TestCache cache = TestCache.Create(_time, null, tier);
            HybridCacheEntryOptions endless = CacheStrategy.Custom(TimeSpan.MaxValue);

            await cache.Hybrid.GetOrCreateAsync("computed", _ =>
            {
                _time.Advance(slow ? TimeSpan.FromSeconds(1) : TimeSpan.Zero);
                return new ValueTask<string>("v");
            }, endless);
            await cache.Hybrid.SetAsync("set", "v", endless);
            await cache.SettleAsync();
            _time.Advance(TimeSpan.FromDays(30));

            Assert.That((await cache.Cache.GetManyAsync<string>(["computed", "set"])).Count, Is.EqualTo(2));
            Assert.That(tier.Keys, Is.EqualTo(new[] { "computed", "set" }));
        }
    }

    [Test]
    public async Task A_sliding_entry_lives_while_it_is_read_but_not_beyond_its_expiration()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        HybridCacheEntryOptions options = new TieredEntryOptions
        {
            Expiration = TimeSpan.FromSeconds(35),
            SlidingExpiration = TimeSpan.FromSeconds(10),
        }.ToHybridCacheEntryOptions();

        await cache.Hybrid.SetAsync("read", "v", options);
        await cache.Hybrid.SetAsync("unread", "v", options);
        for (int i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(9));
            Assert.That((await cache.Cache.TryGetAsync<string>("read")).Level, Is.EqualTo(1));
        }
        Assert.That((await cache.Cache.TryGetAsync<string>("unread")).Found, Is.False);
        _time.Advance(TimeSpan.FromSeconds(8));

        Assert.That((await cache.Cache.TryGetAsync<string>("read")).Found, Is.False);
    }

    [Test]
    public async Task A_sliding_entry_that_is_only_read_in_L1_stays_alive_below_at_a_fraction_of_the_cost()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("k", "v", new TieredEntryOptions
        {
            Expiration = TimeSpan.FromHours(1),
            SlidingExpiration = TimeSpan.FromSeconds(80),
        });

        for (int second = 1; second <= 200; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.That((await cache.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));
        }
        await cache.SettleAsync();

        Assert.That(tier.Keys, Does.Contain("k"));
        Assert.That(tier.Count(InMemoryTier.Refresh), Is.InRange(15, 20));
    }

    [Test]
    public void Strategies_are_plain_options_with_the_lifetimes_that_their_names_promise()
    {
        Assert.That(
            new[] { CacheStrategy.RealTime, CacheStrategy.ShortTerm, CacheStrategy.MediumTerm, CacheStrategy.LongTerm, CacheStrategy.Default }
                .Select(options => options.Expiration!.Value.TotalSeconds),
            Is.EqualTo(new double[] { 10, 300, 3600, 10800, 300 }));
        Assert.That(CacheStrategy.Custom(TimeSpan.FromSeconds(42)).Expiration, Is.EqualTo(TimeSpan.FromSeconds(42)));
        Assert.That(() => CacheStrategy.Custom(TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private async Task AssertLivesInL1Async(TestCache cache, TimeSpan life)
    {
        _time.Advance(life - Instant);
        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1), "just before its end");
        _time.Advance(Instant);
        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Level, Is.Not.EqualTo(1), "at its end");
    }

    private static TimeSpan? Minutes(int? count) => count is { } c ? TimeSpan.FromMinutes(c) : null;
}
