using System.Text;
using HybridTiered.Inspection;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Tests.Inspection;

[Category("Unit")]
public sealed class CacheInspectorTests
{
    private ManualTimeProvider _time = null!;
    private InMemoryTier _tier = null!;
    private TestCache _cache = null!;
    private ICacheInspector _inspector = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new ManualTimeProvider();
        _tier = new InMemoryTier(_time);
        _cache = TestCache.Create(_time, builder => builder.AddTier("far", _ => _tier, tier => tier.TtlScale = 2));
        _inspector = _cache.Services.GetRequiredService<ICacheInspector>();
    }

    [TearDown]
    public Task TearDown() => _cache.DisposeAsync().AsTask();

    [Test]
    public async Task A_key_is_found_in_each_tier_with_what_is_left_of_its_life_there()
    {
        await _cache.Hybrid.SetAsync("key", "value", new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(10) }, ["tag"]);
        _time.Advance(TimeSpan.FromMinutes(4));

        IReadOnlyList<FoundEntry> found = await _inspector.FindAsync("key");

        Assert.That(found, Has.Count.EqualTo(2));
        Assert.Multiple(() =>
        {
            Assert.That(found.Select(entry => (entry.Level, entry.Tier, entry.State)), Is.EqualTo(new[] { (1, "memory", EntryState.Live), (2, "far", EntryState.Live) }));
            Assert.That(found[0].Remaining, Is.EqualTo(TimeSpan.FromMinutes(6)));
            Assert.That(found[1].Remaining, Is.EqualTo(TimeSpan.FromMinutes(16)), "the tier doubles it");
            Assert.That(found[1].Duration, Is.EqualTo(TimeSpan.FromMinutes(10)));
            Assert.That(found.Select(entry => entry.Tags), Has.All.EqualTo(new[] { "tag" }));
            Assert.That(found.Select(entry => entry.Value), Has.All.Null, "values were not asked for");
        });
    }

    [Test]
    public async Task An_entry_is_shown_as_a_reader_would_take_it()
    {
        await _cache.Hybrid.SetAsync("dead", "value", tags: ["tag"]);
        await _cache.Hybrid.SetAsync("over", "value", new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(2), LocalCacheExpiration = TimeSpan.FromMinutes(1) });
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await _cache.Hybrid.RemoveByTagAsync("tag");
        _time.Advance(TimeSpan.FromSeconds(90));

        Assert.Multiple(async () =>
        {
            Assert.That((await _inspector.FindAsync("dead")).Select(entry => entry.State), Has.All.EqualTo(EntryState.Invalidated));
            Assert.That((await _inspector.FindAsync("over")).Where(entry => entry.Level == 1).Select(entry => entry.State), Is.SubsetOf(new[] { EntryState.Expired }));
            Assert.That((await _inspector.FindAsync("over")).Single(entry => entry.Level == 2).State, Is.EqualTo(EntryState.Live));
            Assert.That(await _inspector.FindAsync("never"), Is.Empty);
        });
    }

    [Test]
    public async Task Values_are_shown_as_text_where_they_are_text()
    {
        await _cache.Hybrid.SetAsync("text", "grün");
        await _cache.Hybrid.SetAsync("object", new Note { Text = "hello" });
        await _cache.Hybrid.SetAsync("bytes", new byte[] { 0, 255 });
        await _cache.Distributed.SetAsync("raw", Encoding.UTF8.GetBytes("session"), new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(5) });

        Assert.Multiple(async () =>
        {
            Assert.That(await ValuesAsync("text"), Is.EqualTo(new[] { "grün", "grün" }));
            Assert.That(await ValuesAsync("object"), Has.All.Contains("hello"));
            Assert.That(await ValuesAsync("bytes"), Is.EqualTo(new[] { "00FF", "00FF" }));
            Assert.That(await ValuesAsync("raw"), Is.EqualTo(new[] { "session", "session" }));
            Assert.That((await _inspector.FindAsync("raw")).Select(entry => (entry.Form, entry.Sliding)), Has.All.EqualTo(("bytes", (TimeSpan?)TimeSpan.FromMinutes(5))));
        });
    }

    [Test]
    public async Task A_long_value_is_cut_between_two_characters()
    {
        await _cache.Hybrid.SetAsync("long", "a" + new string('ü', 5_000));

        string far = (await ValuesAsync("long"))[1]!;

        Assert.That(far, Is.EqualTo("a" + new string('ü', 2_047)));
    }

    [Test]
    public async Task Looking_is_no_hit_and_no_miss_and_extends_nothing()
    {
        await _cache.Hybrid.SetAsync("key", "value", new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(1) });
        CacheStatistics before = _cache.Statistics;

        await _inspector.FindAsync("key");
        await _inspector.FindAsync("missing");

        CacheStatistics after = _cache.Statistics;
        Assert.Multiple(() =>
        {
            Assert.That(after.Requests, Is.EqualTo(before.Requests));
            Assert.That(after.Tiers[1].Hits + after.Tiers[1].Misses, Is.EqualTo(before.Tiers[1].Hits + before.Tiers[1].Misses));
        });
    }

    [Test]
    public async Task A_tier_that_cannot_be_asked_is_shown_with_its_fault()
    {
        await _cache.Hybrid.SetAsync("key", "value");
        _tier.Before = (_, _) => throw new IOException("secret");

        IReadOnlyList<FoundEntry> found = await _inspector.FindAsync("key", values: true);

        Assert.That(found.Select(entry => (entry.State, entry.Fault)), Is.EqualTo(new[] { (EntryState.Live, null), (EntryState.Unknown, "IOException") }));
    }

    [Test]
    public async Task The_keys_that_were_read_again_are_the_hot_ones()
    {
        for (int i = 0; i < 50; i++)
            await _cache.Hybrid.SetAsync($"key:{i}", "value");
        for (int i = 0; i < 5; i++)
        {
            await _cache.Hybrid.GetOrCreateAsync("key:7", _ => ValueTask.FromResult("computed"));
            if (i < 2)
                await _cache.Hybrid.GetOrCreateAsync("key:9", _ => ValueTask.FromResult("computed"));
        }

        IReadOnlyList<HotKey> hot = _inspector.SampleHotKeys(2);

        Assert.That(hot.Select(key => (key.Key, key.Popularity)), Is.EqualTo(new[] { ("key:7", 3), ("key:9", 2) }));
    }

    [Test]
    public async Task Flights_are_shown_the_longest_first_while_they_last()
    {
        var source = new TaskCompletionSource<string>();
        Task<string> first = _cache.Hybrid.GetOrCreateAsync("first", async _ => await source.Task).AsTask();
        _time.Advance(TimeSpan.FromSeconds(3));
        Task<string> second = _cache.Hybrid.GetOrCreateAsync("second", async _ => await source.Task).AsTask();
        Task<string> third = _cache.Hybrid.GetOrCreateAsync("second", async _ => await source.Task).AsTask();

        IReadOnlyList<FlightUnderWay> flights = _inspector.GetFlights(10);
        source.SetResult("value");
        await Task.WhenAll(first, second, third);
        await _cache.SettleAsync();

        Assert.Multiple(() =>
        {
            Assert.That(flights.Select(flight => (flight.Key, flight.Callers)), Is.EqualTo(new[] { ("first", 1), ("second", 2) }));
            Assert.That(flights[0].Age, Is.EqualTo(TimeSpan.FromSeconds(3)).Within(TimeSpan.FromMilliseconds(1)));
            Assert.That(_inspector.GetFlights(10), Is.Empty);
        });
    }

    [Test]
    public async Task The_last_invalidations_are_remembered_with_three_names_at_most()
    {
        for (int i = 0; i < 300; i++)
            await _cache.Hybrid.RemoveAsync($"key:{i}");
        await _cache.Hybrid.RemoveAsync(["a", "b", "c", "d"]);

        IReadOnlyList<InvalidationRecord> all = _inspector.GetInvalidations();
        IReadOnlyList<InvalidationRecord> news = _inspector.GetInvalidations(after: 300);

        Assert.Multiple(() =>
        {
            Assert.That(all, Has.Count.EqualTo(256));
            Assert.That(all[0].Sequence, Is.EqualTo(46));
            Assert.That(news, Has.Count.EqualTo(1));
            Assert.That(news[0].Names, Is.EqualTo(new[] { "a", "b", "c" }));
            Assert.That((news[0].Count, news[0].Kind, news[0].Direction), Is.EqualTo((4, InvalidationKind.Keys, InvalidationDirection.Sent)));
            Assert.That(_inspector.GetInvalidations(after: 301), Is.Empty);
        });
    }

    [Test]
    public async Task An_invalidation_of_another_instance_is_remembered_as_received()
    {
        await using var cluster = new Cluster();
        TestCache here = await cluster.AddAsync();
        TestCache there = await cluster.AddAsync();

        await there.Hybrid.RemoveByTagAsync("tag");
        await cluster.SettleAsync();

        InvalidationRecord record = here.Services.GetRequiredService<ICacheInspector>().GetInvalidations().Single();
        Assert.Multiple(() =>
        {
            Assert.That((record.Direction, record.Kind), Is.EqualTo((InvalidationDirection.Received, InvalidationKind.Tag)));
            Assert.That(record.Names, Is.EqualTo(new[] { "tag" }));
            Assert.That(record.Origin, Is.EqualTo(there.Cache.Core.Coordinator.Origin));
        });
    }

    [Test]
    public async Task Every_registered_cache_has_one_inspector()
    {
        await using TestCache cache = TestCache.Create(_time, _ => { }, services =>
        {
            services.AddKeyedHybridTiered("catalog", _ => { });
            services.AddHybridTiered(_ => { });
        });

        ICacheInspector[] inspectors = [.. cache.Services.GetServices<ICacheInspector>()];

        Assert.Multiple(() =>
        {
            Assert.That(inspectors.Select(inspector => inspector.Name), Is.EquivalentTo(new[] { "default", "catalog" }));
            Assert.That(inspectors.Single(inspector => inspector.Name == "default").Cache, Is.SameAs(cache.Cache));
        });
    }

    private async Task<string?[]> ValuesAsync(string key) => [.. (await _inspector.FindAsync(key, values: true)).Select(entry => entry.Value)];
}
