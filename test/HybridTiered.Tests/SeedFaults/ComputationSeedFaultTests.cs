using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.SeedFaults;

/// <summary>Known faults of this product's predecessor around computations and flights.</summary>
[TestFixture, Category("Unit")]
public sealed class ComputationSeedFaultTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task F01_A_computation_that_meets_a_plain_read_of_its_key_does_not_take_absent_for_an_answer()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        var held = new HeldOperation(tier, InMemoryTier.Read, "k");
        var source = new Source<string>("v");

        Task<CacheResult<string>> reading = cache.Cache.TryGetAsync<string>("k").AsTask();
        await held.Reached;
        Task<string>[] computing = [.. Enumerable.Range(0, 5).Select(_ => cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync).AsTask())];
        string[] values = await Task.WhenAll(computing);
        held.Release();
        await reading;

        Assert.That((values.Distinct().Single(), source.Calls), Is.EqualTo(("v", 1)));
    }

    [Test]
    public async Task F02_A_leader_that_gives_up_leaves_one_new_leader_behind_and_no_stampede()
    {
        await using TestCache cache = TestCache.Create(_time);
        using var leaving = new CancellationTokenSource();
        var source = new Source<string>("v");
        source.Hold();
        // The leader's own token ends the work, although others wait for it.
        Task<string> leader = cache.Hybrid.GetOrCreateAsync("k", async _ => await source.ComputeAsync(leaving.Token), cancellationToken: leaving.Token).AsTask();
        await source.Asked;
        var second = new Source<string>("w");
        second.Hold();
        Task<string>[] waiters = [.. Enumerable.Range(0, 20).Select(_ => cache.Hybrid.GetOrCreateAsync("k", second.ComputeAsync).AsTask())];

        await leaving.CancelAsync();
        Assert.That(async () => await leader, Throws.InstanceOf<OperationCanceledException>());
        await second.Asked;
        second.Release();

        Assert.That((await Task.WhenAll(waiters)).Distinct(), Is.EqualTo(new[] { "w" }));
        Assert.That(second.Calls, Is.EqualTo(1));
    }

    [Test]
    public async Task F03_A_reader_that_comes_between_the_answer_and_the_end_of_the_flight_does_not_compute_again()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        var held = new HeldOperation(tier, InMemoryTier.WriteIfUnchanged, "k");
        var source = new Source<string>("v");
        await cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync);
        await held.Reached;

        await cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync);
        int computed = source.Calls;
        held.Release();

        Assert.That(computed, Is.EqualTo(1));
    }

    [Test]
    public async Task F03_A_reader_that_looked_before_the_value_was_stored_and_starts_after_looks_again()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        await cache.Hybrid.GetOrCreateAsync("k", new Source<string>("v").ComputeAsync);
        await cache.SettleAsync();
        var source = new Source<string>("again");

        // Past the first look in L1, as a reader is that was interrupted right there.
        CacheResult<string> late = await cache.Cache.Core.Reads.GetAsync(
            "k", source, static (s, token) => s.ComputeAsync(token), cache.Cache.Core.Chain.Settings.Resolve("k", null), [], CancellationToken.None);

        Assert.That((late.Value, late.Level, source.Calls), Is.EqualTo(("v", 1, 0)));
    }

    [Test]
    public async Task F04_A_factory_that_asks_for_its_own_key_does_not_deadlock()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        using var cancellation = new CancellationTokenSource();
        foreach (CancellationToken token in new[] { CancellationToken.None, cancellation.Token })
        {
            Task<string> direct = cache.Hybrid.GetOrCreateAsync("k", async t => await Ask("k", t), cancellationToken: token).AsTask();
            Task<string> indirect = cache.Hybrid.GetOrCreateAsync(
                "a", async t => await cache.Hybrid.GetOrCreateAsync("b", async u => await Ask("a", u), cancellationToken: t), cancellationToken: token).AsTask();
            Task many = cache.Cache.GetOrCreateManyAsync<string>(["x", "y"], async (keys, t) =>
            {
                await Ask("x", t);
                return new Dictionary<string, string>();
            }, cancellationToken: token).AsTask();

            foreach ((Task task, string key) in new[] { (direct, "k"), ((Task)indirect, "a"), (many, "x") })
            {
                Assert.That(
                    async () => await task.WaitAsync(TimeSpan.FromSeconds(10)), Throws.InvalidOperationException.With.Message.Contains($"'{key}'"));
            }
        }

        async Task<string> Ask(string key, CancellationToken token) =>
            await cache.Hybrid.GetOrCreateAsync(key, _ => new ValueTask<string>("never"), cancellationToken: token);
    }

    [Test]
    public async Task F05_Concurrent_callers_do_not_read_the_lower_tier_once_each()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await writer.Hybrid.SetAsync("k", "v");
        await writer.Distributed.SetAsync("raw", [1], new());
        await using TestCache reader = TestCache.Create(_time, null, tier);
        var held = new HeldOperation(tier, InMemoryTier.Read, "k");
        Task<string>[] callers = [.. Enumerable.Range(0, 100).Select(_ => reader.Hybrid.GetOrCreateAsync("k", new Source<string>("w").ComputeAsync).AsTask())];
        await held.Reached;
        int before = tier.Count(InMemoryTier.Read);
        held.Release();
        await Task.WhenAll(callers);
        var heldRaw = new HeldOperation(tier, InMemoryTier.Read, "raw");
        Task<byte[]?>[] raw = [.. Enumerable.Range(0, 100).Select(_ => reader.Distributed.GetAsync("raw"))];
        await heldRaw.Reached;
        heldRaw.Release();
        await Task.WhenAll(raw);

        // One of the wildcard's record, and one of each key.
        Assert.That((before, tier.Count(InMemoryTier.Read)), Is.EqualTo((1, 3)));
        Assert.That(callers.Select(c => c.Result), Is.All.EqualTo("v"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task F06_A_computation_whose_key_is_invalidated_meanwhile_stores_its_stale_value_in_no_tier(bool elsewhere)
    {
        foreach (Func<TestCache, ValueTask> invalidate in Invalidations())
        {
            var tier = new InMemoryTier(_time);
            var hub = new InProcessBackplane(_time);
            await using TestCache a = TestCache.Create(_time, hub, tier);
            await using TestCache b = TestCache.Create(_time, hub, tier);
            await a.SettleAsync();
            await b.SettleAsync();
            var source = new Source<string>("stale");
            source.Hold();
            Task<string> computing = a.Hybrid.GetOrCreateAsync("k", source.ComputeAsync, tags: ["t"]).AsTask();
            await source.Asked;

            await invalidate(elsewhere ? b : a);
            await a.Cache.Core.Coordinator.WhenSettledAsync();
            source.Release();
            Assert.That(await computing, Is.EqualTo("stale"));
            await a.SettleAsync();

            Assert.That((await a.Cache.TryGetAsync<string>("k")).Found, Is.False);
            Assert.That((await b.Cache.TryGetAsync<string>("k")).Found, Is.False);
            Assert.That(tier.Keys, Does.Not.Contain("k"));
        }
    }

    [Test]
    public async Task F06_A_computation_does_not_overwrite_a_value_that_was_set_elsewhere_before_the_message_has_arrived()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache a = TestCache.Create(_time, null, tier);
        await using TestCache b = TestCache.Create(_time, null, tier);
        var source = new Source<string>("stale");
        source.Hold();
        Task<string> computing = a.Hybrid.GetOrCreateAsync("k", source.ComputeAsync).AsTask();
        await source.Asked;

        await b.Hybrid.SetAsync("k", "fresh");
        source.Release();
        await computing;
        await a.SettleAsync();

        Assert.That(await a.Cache.TryGetAsync<string>("k"), Is.EqualTo(new CacheResult<string>(true, "fresh", 2)));
    }

    private static Func<TestCache, ValueTask>[] Invalidations() =>
    [
        cache => cache.Hybrid.RemoveAsync("k"),
        cache => cache.Hybrid.RemoveAsync(["k", "other"]),
        cache => cache.Hybrid.RemoveByTagAsync("t"),
        cache => cache.Hybrid.RemoveByTagAsync("*"),
        cache => cache.Cache.RemoveByPatternAsync("k*"),
        cache => cache.Cache.ClearAsync(),
    ];
}
