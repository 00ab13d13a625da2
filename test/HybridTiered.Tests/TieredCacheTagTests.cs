using System.Buffers.Binary;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCacheTagTests
{
    private readonly ManualTimeProvider _time = new();

    [TestCase(null)]
    [TestCase("")]
    [TestCase("  ")]
    [TestCase("*")]
    public async Task What_is_no_tag_is_refused_before_the_factory_runs(string? tag)
    {
        await using TestCache cache = TestCache.Create(_time);
        var source = new Source<string>("v");

        Assert.That(async () => await cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync, tags: ["good", tag!]), Throws.InstanceOf<ArgumentException>());
        Assert.That(async () => await cache.Hybrid.SetAsync("k", "v", tags: new List<string> { tag! }), Throws.InstanceOf<ArgumentException>());
        Assert.That(source.Calls, Is.Zero);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase(" ")]
    public async Task Removing_by_a_blank_tag_does_nothing(string? tag)
    {
        var hub = new InProcessBackplane(_time);
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, hub, tier);
        await cache.Hybrid.SetAsync("k", "v", tags: ["t"]);

        await cache.Hybrid.RemoveByTagAsync(tag!);
        await cache.Hybrid.RemoveByTagAsync((IEnumerable<string>)null!);

        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));
        Assert.That(cache.Statistics.Invalidations.Sent[InvalidationKind.Tag], Is.Zero);
        Assert.That(tier.Keys, Is.EqualTo(new[] { "k" }));
    }

    [Test]
    public async Task A_tag_kills_what_carries_it_and_nothing_else()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        await cache.Hybrid.SetAsync("one", "v", tags: ["a", "b"]);
        await cache.Hybrid.SetAsync("two", "v", tags: ["b", "b"]);
        await cache.Hybrid.SetAsync("three", "v", tags: ["A"]);
        await cache.Hybrid.SetAsync("none", "v");

        await cache.Hybrid.RemoveByTagAsync("a");

        Assert.That((await cache.Cache.GetManyAsync<string>(["one", "two", "three", "none"])).Keys, Is.EquivalentTo(["two", "three", "none"]));
        await cache.Hybrid.RemoveByTagAsync(["b", "A"]);
        Assert.That((await cache.Cache.GetManyAsync<string>(["one", "two", "three", "none"])).Keys, Is.EquivalentTo(["none"]));
    }

    [Test]
    public async Task What_is_stored_after_an_invalidation_lives_even_within_one_tick_of_the_clock()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await using TestCache other = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("k", "old", tags: ["t"]);
        await cache.Hybrid.RemoveByTagAsync("t");

        await cache.Hybrid.SetAsync("k", "new", tags: ["t"]);

        Assert.That(await cache.Cache.TryGetAsync<string>("k"), Is.EqualTo(new CacheResult<string>(true, "new", 1)));
        Assert.That(await other.Cache.TryGetAsync<string>("k"), Is.EqualTo(new CacheResult<string>(true, "new", 2)));
    }

    [Test]
    public async Task The_wildcard_kills_everything_that_was_there_before()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("tagged", "v", tags: ["t"]);
        await cache.Hybrid.SetAsync("plain", "v");

        await cache.Hybrid.RemoveByTagAsync(["t", "*"]);
        await cache.Hybrid.SetAsync("after", "v");

        await using TestCache other = TestCache.Create(_time, null, tier);
        string[] keys = ["tagged", "plain", "after"];
        Assert.That((await cache.Cache.GetManyAsync<string>(keys)).Keys, Is.EquivalentTo(["after"]));
        Assert.That((await other.Cache.GetManyAsync<string>(keys)).Keys, Is.EquivalentTo(["after"]));
    }

    [TestCase("t")]
    [TestCase("*")]
    public async Task The_time_of_a_tag_is_kept_as_eight_little_endian_bytes_for_a_thousand_days(string tag)
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        long before = _time.GetUtcNow().UtcTicks;

        await cache.Hybrid.RemoveByTagAsync(tag);

        using TierEntry entry = await tier.ReadAsync("__MSFT_HCT__" + tag, TierRead.Data, CancellationToken.None);
        Assert.That(entry.Data.Length, Is.EqualTo(8));
        Assert.That(BinaryPrimitives.ReadInt64LittleEndian(entry.Data.Span), Is.InRange(before, before + TimeSpan.TicksPerMillisecond));
        Assert.That(tier.Peek("__MSFT_HCT__" + tag), Is.EqualTo(new TierLifetime(TimeSpan.FromDays(1000))));
    }

    [TestCase("t", false)]
    [TestCase("*", false)]
    [TestCase("u", true)]
    public async Task A_tag_record_that_somebody_else_has_written_is_obeyed(string tag, bool found)
    {
        var tier = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await writer.Hybrid.SetAsync("k", "v", tags: ["t"]);
        var record = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(record, _time.GetUtcNow().UtcTicks + 1_000);
        await tier.WriteAsync("__MSFT_HCT__" + tag, record, new TierLifetime(TimeSpan.FromDays(1000)), CancellationToken.None);

        await using TestCache reader = TestCache.Create(_time, null, tier);

        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Found, Is.EqualTo(found));
    }

    [Test]
    public async Task Tag_records_are_read_again_at_a_steady_interval_where_nobody_tells_of_changes()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache a = TestCache.Create(_time, null, tier);
        await using TestCache b = TestCache.Create(_time, null, tier);
        await a.Hybrid.SetAsync("one", "v", tags: ["t"]);
        await a.Hybrid.SetAsync("two", "v", tags: ["t"]);
        Assert.That((await b.Cache.TryGetAsync<string>("one")).Level, Is.EqualTo(2));

        await a.Hybrid.RemoveByTagAsync("t");
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.That((await b.Cache.TryGetAsync<string>("two")).Found, Is.False);
    }

    [Test]
    public async Task An_entry_is_not_believed_while_the_times_of_its_tags_are_unknown()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await using TestCache reader = TestCache.Create(_time, null, tier);
        await writer.Hybrid.SetAsync("k", "v", tags: ["t"]);
        tier.Before = (_, key) => key == "__MSFT_HCT__t" ? throw new IOException("broken") : default;

        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Found, Is.False);
        tier.Before = null;
        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Found, Is.True);
    }

    [Test]
    public async Task A_reader_that_waits_for_the_time_of_a_tag_takes_an_entry_that_is_newer_than_it()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await using TestCache reader = TestCache.Create(_time, null, tier);
        await writer.Hybrid.RemoveByTagAsync("t");
        _time.Advance(TimeSpan.FromSeconds(1));
        await writer.Hybrid.SetAsync("k", "v", tags: ["t"]);
        var held = new HeldOperation(tier, InMemoryTier.Read, "__MSFT_HCT__t");

        Task<CacheResult<string>> reading = reader.Cache.TryGetAsync<string>("k").AsTask();
        await held.Reached;
        held.Release();

        Assert.That((await reading).Found, Is.True);
    }

    [Test]
    public async Task An_entry_from_a_lower_tier_keeps_its_own_tags_and_creation_time()
    {
        var tier = new InMemoryTier(_time);
        var hub = new InProcessBackplane(_time);
        await using TestCache writer = TestCache.Create(_time, hub, tier);
        await using TestCache reader = TestCache.Create(_time, hub, tier);
        await reader.SettleAsync();
        await writer.Hybrid.SetAsync("k", "v", tags: ["own"]);
        await reader.SettleAsync();
        await reader.Hybrid.GetOrCreateAsync("k", new Source<string>("other").ComputeAsync, tags: ["of the call"]);
        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));

        await reader.Hybrid.RemoveByTagAsync("of the call");
        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("v"));
        await writer.Hybrid.RemoveByTagAsync("own");
        await reader.SettleAsync();
        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Found, Is.False);
    }
}
