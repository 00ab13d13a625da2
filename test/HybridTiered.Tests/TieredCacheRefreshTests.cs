using HybridTiered.Flights;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests;

/// <summary>Eager refresh, jitter, and what a factory learns of the value that it replaces.</summary>
[TestFixture, Category("Unit")]
public sealed class TieredCacheRefreshTests : ClusterFixture
{
    private const string Key = "key";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);
    private static readonly TieredEntryOptions Eager = new() { Expiration = Life, EagerRefresh = 0.8 };

    [Test]
    public async Task A_hit_late_in_the_life_of_an_entry_refreshes_it_once_without_waiting()
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life * 0.8 - TimeSpan.FromMilliseconds(1));
        string early = await GetAsync(cache, () => throw new InvalidOperationException("too early"));
        Cluster.Time.Advance(TimeSpan.FromMilliseconds(1));
        var factory = new HeldOperation();
        int calls = 0;
        async Task<string> NewAsync()
        {
            Interlocked.Increment(ref calls);
            await factory.PassAsync();
            return "new";
        }

        string[] hits = [await GetAsync(cache, NewAsync), await GetAsync(cache, NewAsync), await GetAsync(cache, NewAsync)];
        await factory.Reached;
        factory.Release();
        await cache.SettleAsync();
        Cluster.Time.Advance(Life * 0.7);

        Assert.That((early, hits.Distinct().Single(), calls), Is.EqualTo(("old", "old", 1)));
        Assert.That((await GetAsync(cache, NewAsync), calls), Is.EqualTo(("new", 1)), "its life began anew");
        Assert.That((cache.Statistics.EagerRefreshes, Cluster.Shared.Count(InMemoryTier.WriteIfUnchanged)), Is.EqualTo((1L, 2)));
    }

    [Test]
    public async Task A_factory_that_blocks_does_not_hold_up_the_hit()
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life * 0.9);
        using var gate = new ManualResetEventSlim();
        string hit = await cache.Cache.GetOrCreateAsync(Key, _ =>
        {
            gate.Wait(CancellationToken.None);
            return ValueTask.FromResult("new");
        }, Eager);
        gate.Set();
        await cache.SettleAsync();

        Assert.That((hit, await cache.FindAsync(Key)), Is.EqualTo(("old", ("new", 1))));
    }

    [Test]
    public async Task A_read_without_a_factory_leaves_the_refresh_to_the_next_with_one()
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life * 0.9);
        (string? Value, int Level) found = await cache.FindAsync(Key);
        await GetAsync(cache, () => Task.FromResult("new"));
        await cache.SettleAsync();

        Assert.That((found, await cache.FindAsync(Key)), Is.EqualTo((("old", 1), ("new", 1))));
    }

    [Test]
    public async Task A_refresh_that_fails_leaves_the_value_until_it_expires()
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life * 0.9);
        await GetAsync(cache, () => throw new InvalidDataException());
        await cache.SettleAsync();

        Assert.That(await cache.FindAsync(Key), Is.EqualTo(("old", 1)));
        Assert.That(cache.Log.Messages.Count(m => m.Id.Id == 8), Is.EqualTo(1));
    }

    [Test]
    public async Task A_refresh_whose_key_is_invalidated_meanwhile_stores_nothing([Values("key", "tag")] string kind)
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life * 0.9);
        var factory = new HeldOperation();
        await GetAsync(cache, async () =>
        {
            await factory.PassAsync();
            return "outdated";
        });
        await factory.Reached;
        Cluster.Tick();
        await (kind == "key" ? cache.Cache.RemoveAsync(Key) : cache.Cache.RemoveByTagAsync("t"));
        factory.Release();
        await cache.SettleAsync();

        Assert.That(await cache.FindAsync(Key), Is.EqualTo(((string?)null, 0)));
        TestCache other = await Cluster.AddAsync();
        Assert.That(await other.FindAsync(Key), Is.EqualTo(((string?)null, 0)));
    }

    [Test]
    public async Task What_another_instance_has_refreshed_is_taken_over_without_a_call_of_the_factory()
    {
        TestCache cache = await FilledAsync();
        TestCache other = await Cluster.AddAsync();
        await GetAsync(other, () => throw new InvalidOperationException("it is in the shared tier"));
        Cluster.Time.Advance(Life * 0.9);
        await GetAsync(other, () => Task.FromResult("new"));
        await other.SettleAsync();

        string hit = await GetAsync(cache, () => throw new InvalidOperationException("it is in the shared tier"));
        await cache.SettleAsync();

        Assert.That((hit, await cache.FindAsync(Key)), Is.EqualTo(("old", ("new", 1))));
    }

    [Test]
    public async Task With_cluster_flights_an_entry_that_another_instance_refreshes_is_left_to_it()
    {
        var taken = new ScriptedClusterLock { IsTaken = true };
        await using TestCache cache = TestCache.Create(Cluster.Time, b => b.AddTier("shared", _ => Cluster.Shared).UseClusterLock(_ => taken));
        TieredEntryOptions options = new() { Expiration = Life, EagerRefresh = 0.8, ClusterFlight = true };
        await cache.Cache.SetAsync(Key, "old", options);
        Cluster.Time.Advance(Life * 0.9);
        int calls = 0;
        string hit = await cache.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult($"call {++calls}"), options);
        await cache.SettleAsync();

        Assert.That((hit, calls, taken.Attempts, cache.Statistics.Flights), Is.EqualTo(("old", 0, 1, 0)));
        taken.IsTaken = false;
    }

    [Test]
    public async Task With_an_expired_value_at_hand_another_instances_computation_is_waited_for_no_longer_than_the_soft_timeout()
    {
        var taken = new ScriptedClusterLock { IsTaken = true, Time = Cluster.Time };
        await using TestCache cache = TestCache.Create(Cluster.Time, b => b.AddTier("shared", _ => Cluster.Shared).UseClusterLock(_ => taken));
        TieredEntryOptions options = new()
        {
            Expiration = Life,
            FailSafeMaxDuration = TimeSpan.FromHours(1),
            FactorySoftTimeout = TimeSpan.FromSeconds(1),
            ClusterFlight = true,
        };
        await cache.Cache.SetAsync(Key, "old", options);
        Cluster.Time.Advance(Life);
        string value = await cache.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult("new"), options);

        Assert.That((value, taken.Waited), Is.EqualTo(("new", TimeSpan.FromSeconds(1))));
    }

    [Test]
    public async Task Lives_are_shortened_by_chance_and_never_lengthened()
    {
        TestCache cache = await Cluster.AddAsync();
        var random = new Random(7);
        cache.Cache.Core.Chain.Random = random.Next;
        var options = new TieredEntryOptions { Expiration = Life, Jitter = 0.5 };
        for (int i = 0; i < 200; i++)
            await cache.Cache.SetAsync("k" + i, i, options);
        TimeSpan[] lives = [.. Enumerable.Range(0, 200).Select(i => Cluster.Shared.Peek("k" + i)!.Value.Absolute!.Value)];

        Assert.That(lives, Has.All.InRange(Life * 0.5, Life));
        Assert.That((lives.Min() < Life * 0.55, lives.Max() > Life * 0.95, lives.Distinct().Count() > 150), Is.EqualTo((true, true, true)));
    }

    [Test]
    public async Task A_factory_that_is_told_that_nothing_has_changed_gives_the_previous_value_a_new_life([Values] bool afterRestart)
    {
        TieredEntryOptions options = new() { Expiration = Life, FailSafeMaxDuration = TimeSpan.FromDays(1) };
        TestCache cache = await Cluster.AddAsync();
        string first = await cache.Cache.GetOrCreateAsync(Key, _ =>
        {
            FactoryContext context = FactoryContext.Current!;
            Assert.That((context.HasPrevious, context.PreviousETag), Is.EqualTo((false, (string?)null)));
            Assert.That(() => context.NotModified<string>(), Throws.InvalidOperationException);
            (context.ETag, context.LastModified) = ("\"1\"", DateTimeOffset.UnixEpoch);
            return ValueTask.FromResult("v");
        }, options);
        await cache.SettleAsync();
        for (int i = 0; i < 3; i++)
        {
            Cluster.Time.Advance(Life);
            if (afterRestart)
                cache = await Cluster.AddAsync();
            CacheResult<string?> again = await cache.Cache.GetOrCreateResultAsync(Key, 0, (_, _) =>
            {
                FactoryContext context = FactoryContext.Current!;
                Assert.That((context.PreviousETag, context.PreviousLastModified), Is.EqualTo(("\"1\"", DateTimeOffset.UnixEpoch)));
                return ValueTask.FromResult(context.NotModified<string>());
            }, options);
            await cache.SettleAsync();

            Assert.That((first, again.Value, again.IsStale, await cache.FindAsync(Key)), Is.EqualTo(("v", "v", false, ("v", 1))));
        }
    }

    private static Task<string> GetAsync(TestCache cache, Func<Task<string>> factory) =>
        cache.Cache.GetOrCreateAsync(Key, async _ => await factory(), Eager, ["t"]).AsTask();

    private async Task<TestCache> FilledAsync()
    {
        TestCache cache = await Cluster.AddAsync();
        await GetAsync(cache, () => Task.FromResult("old"));
        await cache.SettleAsync();
        return cache;
    }
}
