using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.SeedFaults;

/// <summary>Known faults of this product's predecessor around failures, sizes and numbers.</summary>
[TestFixture, Category("Unit")]
public sealed class ReportingSeedFaultTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task F18_A_read_fault_is_not_counted_as_a_miss_and_does_not_become_a_storm_on_the_database()
    {
        var tier = new InMemoryTier(_time) { Before = (_, _) => throw new IOException("broken") };
        await using TestCache cache = TestCache.Create(_time, null, tier);
        var source = new Source<string>("v");
        source.Hold();

        Task<string>[] callers = [.. Enumerable.Range(0, 100).Select(_ => cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync).AsTask())];
        source.Release();
        await Task.WhenAll(callers);
        await cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync);

        Assert.That(source.Calls, Is.EqualTo(1));
        Assert.That((cache.Statistics.Tiers[1].Misses, cache.Statistics.Tiers[1].ReadFaults), Is.EqualTo((0, 2)), "the entry and its version");
    }

    [Test]
    public async Task F19_A_hit_is_counted_once_and_by_the_tier_it_was_found_in()
    {
        InMemoryTier[] tiers = [new(_time), new(_time), new(_time)];
        for (int level = 2; level <= 4; level++)
        {
            await using TestCache writer = TestCache.Create(_time, null, tiers[level - 2]);
            await writer.Hybrid.SetAsync("in " + level, "v");
        }
        await using TestCache cache = TestCache.Create(_time, null, tiers);

        for (int level = 2; level <= 4; level++)
            Assert.That((await cache.Cache.TryGetAsync<string>("in " + level)).Level, Is.EqualTo(level));
        await cache.Hybrid.GetOrCreateAsync("computed", new Source<string>("v").ComputeAsync);

        CacheStatistics s = cache.Statistics;
        Assert.That(s.Tiers.Select(t => t.Hits), Is.EqualTo(new[] { 0, 1, 1, 1 }));
        Assert.That((s.LowerHits, s.Misses, s.FactoryCalls), Is.EqualTo((3, 1, 1)));
    }

    [Test]
    public async Task F19_Received_messages_are_not_counted_as_zero_for_ever()
    {
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, b => b.UseInProcessBackplane(hub));
        await using TestCache b = TestCache.Create(_time, b => b.UseInProcessBackplane(hub));
        await b.SettleAsync();

        await a.Hybrid.RemoveAsync("k");
        await b.SettleAsync();

        Assert.That(b.Statistics.Invalidations.Received[InvalidationKind.Key], Is.EqualTo(1));
    }

    [Test]
    public async Task F20_A_value_that_cannot_be_deserialised_does_not_fail_every_read_until_it_expires()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache older = TestCache.Create(_time, null, tier);
        await older.Hybrid.SetAsync("k", "no JSON of a note");
        await using TestCache newer = TestCache.Create(_time, null, tier);
        var source = new Source<Note>(new Note { Text = "v" });

        for (int i = 0; i < 3; i++)
        {
            Assert.That((await newer.Hybrid.GetOrCreateAsync("k", source.ComputeAsync)).Text, Is.EqualTo("v"));
            await newer.SettleAsync();
        }

        Assert.That((source.Calls, newer.Statistics.Tiers[1].Damaged), Is.EqualTo((1, 1)));
        await using TestCache third = TestCache.Create(_time, null, tier);
        Assert.That((await third.Cache.TryGetAsync<Note>("k")).Value?.Text, Is.EqualTo("v"));
    }

    [Test]
    public async Task F21_L1_is_bounded_by_bytes_and_not_only_by_entries()
    {
        const long Limit = 1 << 20;
        await using TestCache cache = TestCache.Create(_time, b => b.AddMemory(o => (o.SizeLimit, o.EntryLimit) = (Limit, 1_000_000)));

        for (int i = 0; i < 100; i++)
            await cache.Hybrid.SetAsync($"{i}", new byte[100_000]);

        TierStatistics memory = cache.Statistics.Tiers[0];
        Assert.That(memory.SizeInBytes, Is.LessThanOrEqualTo(Limit).And.GreaterThan(Limit / 2));
        Assert.That((memory.Entries, memory.Entries + memory.Evictions), Is.EqualTo((memory.SizeInBytes / 100_000, 100)));
    }
}
