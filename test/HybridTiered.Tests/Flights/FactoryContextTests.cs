using HybridTiered.Flights;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests.Flights;

[TestFixture, Category("Unit")]
public sealed class FactoryContextTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task A_factory_can_keep_its_result_out_of_every_tier()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);

        string value = await cache.Hybrid.GetOrCreateAsync("k", async _ =>
        {
            await Task.Yield();
            FactoryContext.Current!.DoNotStore();
            return "v";
        });
        await cache.SettleAsync();

        Assert.That(value, Is.EqualTo("v"));
        Assert.That((tier.Keys.Count, cache.Statistics.Tiers[0].Entries, cache.Statistics.NotStored), Is.EqualTo((0, 0L, 1L)));
    }

    [Test]
    public async Task A_factory_that_chooses_options_wins_over_those_of_the_call()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);

        await cache.Hybrid.GetOrCreateAsync("k", _ =>
        {
            FactoryContext.Current!.Options = new TieredEntryOptions { Expiration = TimeSpan.FromMinutes(2) };
            return new ValueTask<string>("v");
        }, CacheStrategy.LongTerm);
        await cache.SettleAsync();

        Assert.That(tier.Peek("k")?.Absolute, Is.EqualTo(TimeSpan.FromMinutes(2)));
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Found, Is.False);
    }

    [Test]
    public async Task A_factory_can_choose_which_tiers_take_its_result()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);

        await cache.Hybrid.GetOrCreateAsync("k", _ =>
        {
            FactoryContext.Current!.Options = new TieredEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCacheWrite };
            return new ValueTask<string>("v");
        });
        await cache.SettleAsync();

        Assert.That((tier.Keys.Count, cache.Statistics.Tiers[0].Entries), Is.EqualTo((1, 0L)));
    }

    [Test]
    public async Task Tags_that_a_factory_adds_join_those_of_the_call()
    {
        foreach (string tag in new[] { "call", "factory" })
        {
            var tier = new InMemoryTier(_time);
            await using TestCache cache = TestCache.Create(_time, null, tier);
            await using TestCache other = TestCache.Create(_time, null, tier);
            await cache.Hybrid.GetOrCreateAsync("k", _ =>
            {
                FactoryContext.Current!.AddTag("factory");
                return new ValueTask<string>("v");
            }, tags: ["call"]);
            await cache.SettleAsync();
            Assert.That((await cache.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));

            await cache.Hybrid.RemoveByTagAsync(tag);

            Assert.That((await cache.Cache.TryGetAsync<string>("k")).Found, Is.False);
            Assert.That((await other.Cache.TryGetAsync<string>("k")).Found, Is.False);
        }
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase(" ")]
    [TestCase("*")]
    public async Task What_is_no_tag_cannot_be_added(string? tag)
    {
        await using TestCache cache = TestCache.Create(_time);

        Assert.That(async () => await cache.Hybrid.GetOrCreateAsync("k", _ =>
        {
            FactoryContext.Current!.AddTag(tag!);
            return new ValueTask<string>("v");
        }), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public async Task Options_that_are_out_of_range_fail_the_call_which_still_counts_once()
    {
        await using TestCache cache = TestCache.Create(_time);

        Assert.That(async () => await cache.Hybrid.GetOrCreateAsync("k", _ =>
        {
            FactoryContext.Current!.Options = new TieredEntryOptions { Expiration = TimeSpan.Zero };
            return new ValueTask<string>("v");
        }), Throws.InstanceOf<ArgumentOutOfRangeException>());

        Assert.That((cache.Statistics.Requests, cache.Statistics.Misses), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task The_context_names_the_key_and_exists_in_factories_of_single_entries_only()
    {
        await using TestCache cache = TestCache.Create(_time);
        Assert.That(FactoryContext.Current, Is.Null);

        string key = await cache.Hybrid.GetOrCreateAsync("k", _ => new ValueTask<string>(FactoryContext.Current!.Key));
        FactoryContext? ofMany = null;
        await cache.Cache.GetOrCreateManyAsync<string>(["a", "b"], (keys, _) =>
        {
            ofMany = FactoryContext.Current;
            return new ValueTask<IReadOnlyDictionary<string, string>>(keys.ToDictionary(k => k));
        });

        Assert.That((key, ofMany, FactoryContext.Current), Is.EqualTo(("k", (FactoryContext?)null, (FactoryContext?)null)));
    }

    [Test]
    public async Task A_factory_inside_a_factory_has_a_context_of_its_own()
    {
        await using TestCache cache = TestCache.Create(_time);

        await cache.Hybrid.GetOrCreateAsync("outer", async token =>
        {
            await cache.Hybrid.GetOrCreateAsync("inner", _ =>
            {
                FactoryContext.Current!.DoNotStore();
                return new ValueTask<string>("v");
            }, cancellationToken: token);
            Assert.That(FactoryContext.Current!.Key, Is.EqualTo("outer"));
            return "v";
        });

        Assert.That((await cache.Cache.GetManyAsync<string>(["outer", "inner"])).Keys, Is.EquivalentTo(["outer"]));
    }
}
