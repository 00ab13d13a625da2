using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Tests;

/// <summary>Scripts of requests, and what exactly is counted for them.</summary>
[TestFixture, Category("Unit")]
public sealed class TieredCacheStatisticsTests
{
    private readonly ManualTimeProvider _time = new();
    private InMemoryTier _second = null!;
    private InMemoryTier _third = null!;

    [SetUp]
    public void CreateTiers() => (_second, _third) = (new InMemoryTier(_time), new InMemoryTier(_time));

    [Test]
    public async Task Every_request_is_counted_once_and_every_tier_counts_its_own()
    {
        await using TestCache filler = TestCache.Create(_time, null, _third);
        await filler.Hybrid.SetAsync("in 3", "v");
        await filler.Hybrid.SetAsync("expired", "v", CacheStrategy.RealTime);
        await filler.Hybrid.SetAsync("tagged", "v", CacheStrategy.LongTerm, ["t"]);
        await filler.Hybrid.RemoveByTagAsync("t");
        await filler.Distributed.SetAsync("damaged", [1], new());
        _time.Advance(TimeSpan.FromSeconds(1));
        await using TestCache cache = TestCache.Create(_time, null, _second, _third);

        await GetAsync(cache, "new");
        await GetAsync(cache, "new");
        await GetAsync(cache, "new");
        await cache.SettleAsync();
        await GetAsync(cache, "in 3");
        await cache.SettleAsync();
        await GetAsync(cache, "in 3");
        await cache.Cache.TryGetAsync<string>("nowhere");
        await cache.Cache.TryGetAsync<string>("tagged");
        await cache.Cache.TryGetAsync<string>("damaged");
        await GetAsync(cache, "\n");
        await cache.SettleAsync();
        await cache.Hybrid.SetAsync("set", "v");
        await cache.Hybrid.RemoveAsync("set");
        await cache.Hybrid.RemoveAsync(["new", "in 3"]);
        await GetAsync(cache, "new");
        await cache.SettleAsync();

        CacheStatistics s = cache.Statistics;
        Assert.That(
            (s.Requests, s.Hits, s.LowerHits, s.Misses, s.Shared, s.Bypassed, s.FactoryCalls, s.FactoryFailures, s.NotStored),
            Is.EqualTo((10L, 4L, 1L, 5L, 0L, 1L, 3L, 0L, 0L)));
        Assert.That(s.HitRate, Is.EqualTo(4.0 / 9).Within(1e-12));
        Assert.That((s.Flights, s.Callers, s.Background), Is.EqualTo((0, 0, 0)));
        Assert.That(s.Tiers, Is.EqualTo(new[]
        {
            new TierStatistics
            {
                Level = 1, Name = "memory", Reach = TierReach.Process, Hits = 3, Misses = 6, Writes = 4, Promotions = 1, Removals = 3, Entries = 1,
                SizeInBytes = EntrySize.OfValue("new", "v", null, 0), KnowsSize = true, IsOpen = true,
            },
            new TierStatistics
            {
                Level = 2, Name = "tier0", Reach = TierReach.Shared, IsOpen = true, Misses = 6, Writes = 4, Promotions = 1, Removals = 3,
            },
            new TierStatistics
            {
                Level = 3, Name = "tier1", Reach = TierReach.Shared, IsOpen = true, Hits = 1, Misses = 3, Invalidated = 1, Damaged = 1, Writes = 3, Removals = 3,
            },
        }));
        Assert.That(s.Requests, Is.EqualTo(s.Tiers[0].Hits + s.LowerHits + s.Misses + s.Shared + s.Bypassed));
    }

    [Test]
    public async Task Shared_failed_and_abandoned_requests_are_counted_once()
    {
        await using TestCache cache = TestCache.Create(_time, null, _second);
        var source = new Source<string>("v");
        source.Hold();

        Task<string>[] callers = [.. Enumerable.Range(0, 4).Select(_ => cache.Hybrid.GetOrCreateAsync("shared", source.ComputeAsync).AsTask())];
        CacheStatistics during = cache.Statistics;
        source.Release();
        await Task.WhenAll(callers);
        Assert.That(
            async () => await cache.Hybrid.GetOrCreateAsync<string>("failing", _ => throw new TimeoutException()), Throws.InstanceOf<TimeoutException>());
        using var cancellation = new CancellationTokenSource();
        source.Hold();
        Task<string> leaver = cache.Hybrid.GetOrCreateAsync("left", source.ComputeAsync, cancellationToken: cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        Assert.That(async () => await leaver, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(
            async () => await cache.Hybrid.GetOrCreateAsync("own", async token =>
                await cache.Hybrid.GetOrCreateAsync("own", source.ComputeAsync, cancellationToken: token)),
            Throws.InvalidOperationException);
        // Who leaves does not wait for the factory that it has cancelled.
        await cache.Cache.Core.Chain.Flights.WhenEndedAsync();
        await cache.SettleAsync();

        CacheStatistics s = cache.Statistics;
        Assert.That((during.Flights, during.Callers), Is.EqualTo((1, 4)));
        Assert.That(
            (s.Requests, s.Hits, s.Misses, s.Shared, s.FactoryCalls, s.FactoryFailures, s.Flights), Is.EqualTo((8L, 0L, 5L, 3L, 4L, 3L, 0)));
        Assert.That((s.Tiers[0].Misses, s.Tiers[1].Misses), Is.EqualTo((8, 4)));
    }

    [Test]
    public async Task Many_keys_count_one_request_each()
    {
        await using TestCache filler = TestCache.Create(_time, null, _third);
        await filler.Hybrid.SetAsync("in 3", "v");
        await using TestCache cache = TestCache.Create(_time, null, _second, _third);
        await cache.Hybrid.SetAsync("in 1", "v");

        await cache.Cache.GetOrCreateManyAsync(["in 1", "in 3", "a", "b", "in 1"], (keys, _) =>
            new ValueTask<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { ["a"] = "v" }));
        await cache.SettleAsync();

        CacheStatistics s = cache.Statistics;
        Assert.That((s.Requests, s.Hits, s.LowerHits, s.Misses, s.FactoryCalls), Is.EqualTo((4L, 2L, 1L, 2L, 1L)));
        Assert.That((s.Tiers[1].Misses, s.Tiers[1].Promotions, s.Tiers[2].Hits, s.Tiers[2].Misses), Is.EqualTo((3L, 1L, 1L, 2L)));
    }

    [Test]
    public async Task The_distributed_face_counts_like_the_other()
    {
        await using TestCache filler = TestCache.Create(_time, null, _third);
        await filler.Distributed.SetAsync("in 3", [1], new());
        await using TestCache cache = TestCache.Create(_time, null, _second, _third);

        await cache.Distributed.GetAsync("in 3");
        await cache.SettleAsync();
        await cache.Distributed.GetAsync("in 3");
        await cache.Distributed.GetAsync("nowhere");
        await cache.Distributed.SetAsync("set", [1], new());
        await cache.Distributed.RemoveAsync("set");

        CacheStatistics s = cache.Statistics;
        Assert.That((s.Requests, s.Hits, s.LowerHits, s.Misses), Is.EqualTo((3L, 2L, 1L, 1L)));
        Assert.That(
            s.Tiers.Select(t => (t.Hits, t.Misses, t.Writes, t.Promotions, t.Removals)),
            Is.EqualTo(new[] { (1L, 2L, 2L, 1L, 1L), (0L, 2L, 2L, 1L, 1L), (1L, 1L, 1L, 0L, 1L) }));
    }

    [Test]
    public async Task Faults_refusals_and_skipped_reads_are_counted_where_they_happen()
    {
        await using TestCache cache = TestCache.Create(_time, b => b
            .AddTier("broken", _ => _second, o => o.MaximumPayloadBytes = 200)
            .AddTier("sound", _ => _third)
            .Configure(o => o.MaximumPayloadBytes = 400));
        await cache.Hybrid.SetAsync("k", "v");
        await cache.Hybrid.SetAsync("large", new string('v', 300));
        // Retries are running from here on, so that none comes by itself before the clock moves.
        await cache.Cache.Core.Coordinator.WhenSettledAsync();
        _second.Before = (_, _) => throw new IOException("broken");

        Assert.That(async () => await cache.Hybrid.RemoveAsync("k"), Throws.Exception);
        await cache.Cache.TryGetAsync<string>("k");
        await cache.Cache.TryGetAsync<string>("other");
        await cache.Hybrid.SetAsync("set", "v");
        Assert.That(async () => await cache.Hybrid.RemoveByTagAsync("t"), Throws.Exception);

        // Read: the entry of one key, and the versions of both for what might be written.
        TierStatistics broken = cache.Statistics.Tiers[1];
        Assert.That(
            (broken.RemovalFaults, broken.Skipped, broken.ReadFaults, broken.WriteFaults, broken.TooLarge, broken.PendingInvalidations),
            Is.EqualTo((1L, 1L, 3L, 2L, 1L, 3)));
        _second.Before = null;
        await cache.Cache.Core.Coordinator.WhenSettledAsync();
        Assert.That((cache.Statistics.Tiers[1].PendingInvalidations, cache.Statistics.Tiers[1].Removals), Is.EqualTo((0, 3L)));
    }

    [Test]
    public async Task A_result_that_is_invalidated_meanwhile_and_its_refused_write_are_counted()
    {
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, hub, _second);
        await using TestCache b = TestCache.Create(_time, null, _second);
        await a.SettleAsync();
        var source = new Source<string>("v");
        source.Hold();
        Task<string> local = a.Hybrid.GetOrCreateAsync("local", source.ComputeAsync).AsTask();
        await a.Hybrid.RemoveAsync("local");
        source.Release();
        await local;
        source.Hold();
        Task<string> remote = a.Hybrid.GetOrCreateAsync("remote", source.ComputeAsync).AsTask();
        await b.Hybrid.RemoveAsync("remote");
        source.Release();
        await remote;
        await a.SettleAsync();

        Assert.That((a.Statistics.NotStored, a.Statistics.Tiers[1].WritesRefused, a.Statistics.Tiers[1].Writes), Is.EqualTo((1, 1, 0)));
    }

    [Test]
    public async Task Messages_are_counted_by_kind_on_both_sides()
    {
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, hub, _second);
        await using TestCache b = TestCache.Create(_time, hub, _second);
        await a.SettleAsync();
        await b.SettleAsync();

        await a.Hybrid.SetAsync("k", "v");
        await a.Hybrid.RemoveAsync("k");
        await a.Hybrid.RemoveAsync(["k", "l"]);
        await a.Hybrid.RemoveByTagAsync(["t", "u"]);
        await a.Cache.RemoveByPatternAsync("k*");
        await a.Cache.ClearAsync();
        await a.Cache.UpdateAsync("pushed", "v");
        await a.SettleAsync();
        await b.SettleAsync();

        var expected = new Dictionary<InvalidationKind, long>
        {
            [InvalidationKind.Key] = 2,
            [InvalidationKind.Keys] = 1,
            [InvalidationKind.Tag] = 1,
            [InvalidationKind.Pattern] = 1,
            [InvalidationKind.All] = 1,
            [InvalidationKind.Update] = 1,
        };
        Assert.That((a.Statistics.Invalidations.Sent, b.Statistics.Invalidations.Received), Is.EqualTo((expected, expected)));
        Assert.That((a.Statistics.Invalidations.Received.Values.Sum(), b.Statistics.Invalidations.Sent.Values.Sum()), Is.EqualTo((0, 0)));
        Assert.That((b.Statistics.Invalidations.IsConnected, b.Statistics.Tiers[0].Writes), Is.EqualTo((true, 1)));
    }

    private static async Task GetAsync(TestCache cache, string key) => await cache.Hybrid.GetOrCreateAsync(key, new Source<string>("v").ComputeAsync);
}
