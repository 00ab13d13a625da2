using System.Collections.Concurrent;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCacheKeyTests
{
    private const string HalfAPair = "half\uD83D";

    private readonly ManualTimeProvider _time = new();

    private static IEnumerable<TestCaseData> Uncacheable()
    {
        yield return new TestCaseData([null]).SetArgDisplayNames("null");
        yield return new TestCaseData("").SetArgDisplayNames("empty");
        yield return new TestCaseData(" \u2003").SetArgDisplayNames("blank");
        yield return new TestCaseData(new string('k', 1025)).SetArgDisplayNames("too long");
        yield return new TestCaseData("a\u001Fb").SetArgDisplayNames("U+001F");
        yield return new TestCaseData("a\n").SetArgDisplayNames("line feed");
        yield return new TestCaseData("\0").SetArgDisplayNames("NUL");
    }

    private static IEnumerable<TestCaseData> Malformed()
    {
        yield return new TestCaseData(HalfAPair, "tag").SetArgDisplayNames("key");
        yield return new TestCaseData("key", HalfAPair).SetArgDisplayNames("tag");
    }

    [TestCaseSource(nameof(Uncacheable))]
    public async Task A_key_that_cannot_be_cached_is_computed_each_time_and_logged(string? key)
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        var source = new Source<string>("v");

        string first = await cache.Hybrid.GetOrCreateAsync(key!, source.ComputeAsync);
        string second = await cache.Hybrid.GetOrCreateAsync(key!, source.ComputeAsync);
        await cache.SettleAsync();

        Assert.That((first, second, source.Calls), Is.EqualTo(("v", "v", 2)));
        Assert.That((tier.Count(InMemoryTier.Read), tier.Keys.Count, cache.Statistics.Tiers[0].Entries), Is.EqualTo((0, 0, 0L)));
        Assert.That(cache.Log.Messages, Has.Some.Matches<(LogLevel Level, EventId Id, string)>(m => m.Level == LogLevel.Error && m.Id.Id == 1));
    }

    [TestCaseSource(nameof(Uncacheable))]
    public async Task A_key_that_cannot_be_cached_has_no_value_where_nothing_may_be_computed(string? key)
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        var source = new Source<string>("v");
        var options = new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData };

        Assert.That(await cache.Hybrid.GetOrCreateAsync(key!, source.ComputeAsync, options), Is.Null);
        Assert.That(await cache.Cache.TryGetAsync<string>(key!), Is.EqualTo(default(CacheResult<string>)));
        Assert.That(source.Calls, Is.Zero);
    }

    [TestCaseSource(nameof(Uncacheable))]
    public async Task Setting_and_removing_do_not_mind_a_key_that_cannot_be_cached_unless_it_is_null(string? key)
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        if (key is null)
        {
            Assert.That(async () => await cache.Hybrid.SetAsync(key!, "v"), Throws.ArgumentNullException);
            Assert.That(async () => await cache.Hybrid.RemoveAsync(key!), Throws.ArgumentNullException);
            return;
        }

        await cache.Hybrid.SetAsync(key, "v");
        await cache.Hybrid.RemoveAsync(key);

        Assert.That((await cache.Cache.TryGetAsync<string>(key)).Found, Is.False);
    }

    [TestCase(1024)]
    [TestCase(1)]
    public async Task A_key_of_an_allowed_length_is_cached(int length)
    {
        await using TestCache cache = TestCache.Create(_time);
        var source = new Source<string>("v");
        string key = new('k', length);

        await cache.Hybrid.GetOrCreateAsync(key, source.ComputeAsync);
        await cache.Hybrid.GetOrCreateAsync(key, source.ComputeAsync);

        Assert.That(source.Calls, Is.EqualTo(1));
    }

    [Test]
    public async Task The_longest_key_is_an_option()
    {
        await using TestCache cache = TestCache.Create(_time, b => b.Configure(o => o.MaximumKeyLength = 3));
        var source = new Source<string>("v");

        foreach (string key in new[] { "abc", "abc", "abcd", "abcd" })
            await cache.Hybrid.GetOrCreateAsync(key, source.ComputeAsync);

        Assert.That(source.Calls, Is.EqualTo(3));
    }

    [TestCase("ABC", "abc")]
    [TestCase("a b", "ab")]
    [TestCase("e\u0301", "\u00E9")]
    public async Task Keys_are_compared_character_by_character(string one, string other)
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));

        await cache.Hybrid.SetAsync(one, 1);
        await cache.Hybrid.SetAsync(other, 2);

        Assert.That(((await cache.Cache.TryGetAsync<int>(one)).Value, (await cache.Cache.TryGetAsync<int>(other)).Value), Is.EqualTo((1, 2)));
    }

    // Not by attribute: those keep text as UTF-8.
    [TestCaseSource(nameof(Malformed))]
    public async Task A_malformed_key_or_tag_keeps_the_entry_out_of_every_tier_of_bytes(string key, string tag)
    {
        var tier = new InMemoryTier(_time);
        ConcurrentQueue<string> asked = Watch(tier);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        var source = new Source<string>("v");

        await cache.Hybrid.GetOrCreateAsync(key, source.ComputeAsync, tags: [tag]);
        await cache.SettleAsync();

        Assert.That(await cache.Cache.TryGetAsync<string>(key), Is.EqualTo(new CacheResult<string>(true, "v", 1)));
        Assert.That(asked, Is.Empty);
        Assert.That(cache.Log.Messages, Has.Some.Matches<(LogLevel Level, EventId Id, string)>(m => m.Level == LogLevel.Error && m.Id.Id == 2));
    }

    [Test]
    public async Task Setting_refreshing_and_removing_a_malformed_key_leave_the_tiers_of_bytes_alone()
    {
        var tier = new InMemoryTier(_time);
        ConcurrentQueue<string> asked = Watch(tier);
        await using TestCache cache = TestCache.Create(_time, null, tier);

        await cache.Hybrid.SetAsync(HalfAPair, "v");
        Assert.That((await cache.Cache.TryGetAsync<string>(HalfAPair)).Level, Is.EqualTo(1));
        await cache.Hybrid.RemoveAsync(HalfAPair);
        Assert.That((await cache.Cache.TryGetAsync<string>(HalfAPair)).Found, Is.False);
        await cache.Distributed.SetAsync(HalfAPair, [1], new());
        Assert.That(await cache.Distributed.GetAsync(HalfAPair), Is.EqualTo(new byte[] { 1 }));
        await cache.Distributed.RefreshAsync(HalfAPair);
        await cache.Distributed.RemoveAsync(HalfAPair);
        Assert.That(await cache.Distributed.GetAsync(HalfAPair), Is.Null);

        Assert.That(asked, Is.Empty);
    }

    [Test]
    public async Task Of_many_keys_to_remove_only_the_well_formed_reach_the_tiers_of_bytes()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("a", "v");
        await cache.Hybrid.SetAsync("b", "v");
        await cache.Hybrid.SetAsync(HalfAPair, "v");

        await cache.Hybrid.RemoveAsync([HalfAPair, "a", "b"]);

        Assert.That(tier.Keys, Is.Empty);
        Assert.That((await cache.Cache.GetManyAsync<string>(["a", "b", HalfAPair])), Is.Empty);
        Assert.That(cache.Statistics.Tiers[1].Removals, Is.EqualTo(2));
    }

    [Test]
    public async Task A_malformed_tag_is_invalidated_in_L1_and_written_nowhere()
    {
        var tier = new InMemoryTier(_time);
        ConcurrentQueue<string> asked = Watch(tier);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("key", "v", tags: [HalfAPair]);
        asked.Clear();

        await cache.Hybrid.RemoveByTagAsync(HalfAPair);

        Assert.That(asked, Is.Empty);
        Assert.That((await cache.Cache.TryGetAsync<string>("key")).Found, Is.False);
    }

    private static ConcurrentQueue<string> Watch(InMemoryTier tier)
    {
        var asked = new ConcurrentQueue<string>();
        tier.Before = (operation, key) =>
        {
            asked.Enqueue($"{operation} {key}");
            return default;
        };
        return asked;
    }
}
