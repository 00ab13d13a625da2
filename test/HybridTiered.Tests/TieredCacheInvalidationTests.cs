using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCacheInvalidationTests
{
    private readonly ManualTimeProvider _time = new();

    private static IEnumerable<TestCaseData> Invalidations()
    {
        yield return Of("key", cache => cache.Hybrid.RemoveAsync("k:1"));
        yield return Of("keys", cache => cache.Hybrid.RemoveAsync(["k:1", "other"]));
        yield return Of("tag", cache => cache.Hybrid.RemoveByTagAsync("t"));
        yield return Of("tags", cache => cache.Hybrid.RemoveByTagAsync(["other", "t"]));
        yield return Of("wildcard", cache => cache.Hybrid.RemoveByTagAsync("*"));
        yield return Of("pattern", cache => cache.Cache.RemoveByPatternAsync("k:?"));
        yield return Of("clear", cache => cache.Cache.ClearAsync());
    }

    [TestCaseSource(nameof(Invalidations))]
    public async Task An_invalidation_empties_every_tier_of_every_instance(Func<TestCache, ValueTask> invalidate)
    {
        var shared = new InMemoryTier(_time);
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, hub, shared);
        await using TestCache b = TestCache.Create(_time, hub, shared);
        await a.SettleAsync();
        await b.SettleAsync();
        await a.Hybrid.GetOrCreateAsync("k:1", new Source<string>("v").ComputeAsync, tags: ["t"]);
        await a.SettleAsync();
        Assert.That((await b.Cache.TryGetAsync<string>("k:1")).Level, Is.EqualTo(2));
        Assert.That((await b.Cache.TryGetAsync<string>("k:1")).Level, Is.EqualTo(1));

        await invalidate(a);
        await b.SettleAsync();

        Assert.That((await a.Cache.TryGetAsync<string>("k:1")).Found, Is.False);
        Assert.That((await b.Cache.TryGetAsync<string>("k:1")).Found, Is.False);
    }

    [TestCaseSource(nameof(Invalidations))]
    public async Task An_invalidation_leaves_everything_else_alone(Func<TestCache, ValueTask> invalidate)
    {
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, hub, new InMemoryTier(_time));
        await using TestCache b = TestCache.Create(_time, hub, new InMemoryTier(_time));
        await a.SettleAsync();
        await b.SettleAsync();
        await a.Hybrid.SetAsync("k:1", "v");
        await b.Hybrid.SetAsync("unrelated", "v", tags: ["u"]);
        await a.SettleAsync();

        await invalidate(a);
        await b.SettleAsync();

        bool everything = TestContext.CurrentContext.Test.Name.Contains("wildcard", StringComparison.Ordinal)
            || TestContext.CurrentContext.Test.Name.Contains("clear", StringComparison.Ordinal);
        Assert.That((await b.Cache.TryGetAsync<string>("unrelated")).Found, Is.EqualTo(!everything));
    }

    [TestCase("a*", "a", "abc")]
    [TestCase("a?c", "abc")]
    [TestCase("[ab]*", "a", "abc", "b*")]
    [TestCase("[^a]*", "A", "b*")]
    [TestCase("[a-b]", "a")]
    [TestCase(@"b\*", "b*")]
    [TestCase("*", "a", "abc", "A", "b*")]
    [TestCase("ab")]
    public async Task A_pattern_means_the_same_in_every_tier(string pattern, params string[] gone)
    {
        string[] keys = ["a", "abc", "A", "b*"];
        var shared = new InMemoryTier(_time);
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, hub, shared);
        await using TestCache b = TestCache.Create(_time, hub, shared);
        await a.SettleAsync();
        await b.SettleAsync();
        foreach (string key in keys)
            await a.Hybrid.SetAsync(key, "v");
        await b.SettleAsync();

        await a.Cache.RemoveByPatternAsync(pattern);
        await b.SettleAsync();

        Assert.That((await a.Cache.GetManyAsync<string>(keys)).Keys, Is.EquivalentTo(keys.Except(gone)), "where it was made");
        Assert.That((await b.Cache.GetManyAsync<string>(keys)).Keys, Is.EquivalentTo(keys.Except(gone)), "where it was heard of");
    }

    [Test]
    public async Task What_is_stored_after_a_pattern_or_a_clear_lives()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));

        await cache.Cache.RemoveByPatternAsync("k*");
        await cache.Cache.ClearAsync();
        await cache.Hybrid.SetAsync("k", "v");

        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));
    }

    [TestCase(null)]
    [TestCase("")]
    public async Task A_pattern_must_say_something(string? pattern)
    {
        await using TestCache cache = TestCache.Create(_time);

        Assert.That(async () => await cache.Cache.RemoveByPatternAsync(pattern!), Throws.InstanceOf<ArgumentException>());
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_update_puts_the_value_into_the_L1_of_the_others(bool replaces)
    {
        var shared = new InMemoryTier(_time);
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, hub, shared);
        await using TestCache b = TestCache.Create(_time, hub, shared);
        await a.SettleAsync();
        await b.SettleAsync();
        if (replaces)
            await a.Cache.UpdateAsync("k", new Note { Text = "old" });
        await b.SettleAsync();

        await a.Cache.UpdateAsync("k", new Note { Text = "new" }, tags: ["t"]);
        await b.SettleAsync();

        CacheResult<Note> found = await b.Cache.TryGetAsync<Note>("k");
        Assert.That((found.Level, found.Value?.Text, shared.Count(InMemoryTier.Read)), Is.EqualTo((1, "new", 0)));
        await a.Hybrid.RemoveByTagAsync("t");
        await b.SettleAsync();
        Assert.That((await b.Cache.TryGetAsync<Note>("k")).Found, Is.False);
    }

    [Test]
    public async Task An_update_removes_an_entry_that_might_be_newer_than_it()
    {
        var shared = new InMemoryTier(_time);
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, hub, shared);
        await using TestCache b = TestCache.Create(_time, hub, shared);
        await a.SettleAsync();
        await b.SettleAsync();
        await a.Hybrid.SetAsync("k", "old");
        await b.SettleAsync();
        await b.Cache.TryGetAsync<string>("k");

        await a.Cache.UpdateAsync("k", "new");
        await b.SettleAsync();

        Assert.That(await b.Cache.TryGetAsync<string>("k"), Is.EqualTo(new CacheResult<string>(true, "new", 2)), "a read does not tell versions");
    }

    [TestCase(BroadcastMode.Remove, "new", 2)]
    [TestCase(BroadcastMode.Update, "new", 1)]
    [TestCase(BroadcastMode.None, "old", 1)]
    public async Task A_set_tells_the_others_what_its_options_say(BroadcastMode mode, string expected, int level)
    {
        var shared = new InMemoryTier(_time);
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, hub, shared);
        await using TestCache b = TestCache.Create(_time, hub, shared);
        await a.SettleAsync();
        await b.SettleAsync();
        await a.Cache.UpdateAsync("k", "old");
        await b.SettleAsync();

        await a.Hybrid.SetAsync("k", "new", new TieredEntryOptions { Broadcast = mode });
        await b.SettleAsync();

        Assert.That(await b.Cache.TryGetAsync<string>("k"), Is.EqualTo(new CacheResult<string>(true, expected, level)));
    }

    [Test]
    public async Task A_value_too_large_for_a_message_is_not_pushed_but_the_old_one_goes()
    {
        var shared = new InMemoryTier(_time);
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, b => b
            .AddTier("shared", _ => shared).UseInProcessBackplane(hub).Configure(o => o.MaximumBroadcastBytes = 100));
        await using TestCache b = TestCache.Create(_time, hub, shared);
        await a.SettleAsync();
        await b.SettleAsync();
        await a.Cache.UpdateAsync("k", "old");
        await b.SettleAsync();

        await a.Cache.UpdateAsync("k", new string('n', 200));
        await b.SettleAsync();

        Assert.That((await b.Cache.TryGetAsync<string>("k")).Source, Is.EqualTo("L2"));
        Assert.That(a.Statistics.Invalidations.Sent[InvalidationKind.Update], Is.EqualTo(1));
    }

    [Test]
    public async Task An_update_of_a_malformed_key_stays_in_L1_and_does_not_fail()
    {
        var hub = new InProcessBackplane(_time);
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, hub, tier);

        await cache.Cache.UpdateAsync("\uD800", "v");

        Assert.That((await cache.Cache.TryGetAsync<string>("\uD800")).Level, Is.EqualTo(1));
        Assert.That(tier.Keys, Is.Empty);
    }

    private static TestCaseData Of(string name, Func<TestCache, ValueTask> invalidate) => new TestCaseData(invalidate).SetArgDisplayNames(name);
}
