using HybridTiered.Tests.Support;
using HybridTiered.Tiers;

namespace HybridTiered.Tests;

/// <summary>Factories and tiers that take too long.</summary>
[TestFixture, Category("Unit")]
public sealed class TieredCacheTimeoutTests : ClusterFixture
{
    private const string Key = "key";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Soft = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hard = TimeSpan.FromSeconds(3);

    private static readonly TieredEntryOptions Options = new()
    {
        Expiration = Life,
        FailSafeMaxDuration = TimeSpan.FromHours(1),
        FailSafeThrottle = TimeSpan.FromSeconds(20),
        FactorySoftTimeout = Soft,
        FactoryHardTimeout = Hard,
    };

    [Test]
    public async Task After_the_soft_timeout_the_expired_value_is_served_and_the_result_is_stored_when_it_comes()
    {
        TestCache cache = await FilledAsync();
        var factory = new HeldOperation();
        Task<CacheResult<string>> read = GetAsync(cache, factory);
        await factory.Reached;
        await AdvanceUntilAsync(read, Soft);
        CacheResult<string> early = await read;
        factory.Release();
        await cache.SettleAsync();

        CacheResult<string> late = await cache.Cache.TryGetAsync<string>(Key);
        TestCache other = await Cluster.AddAsync();

        Assert.That((early.Value, early.IsStale, late.Value, late.IsStale), Is.EqualTo(("old", true, "new", false)));
        Assert.That((await other.FindAsync(Key)).Value, Is.EqualTo("new"), "in the shared tier too");
        Assert.That(cache.Statistics.FactoryTimeouts, Is.EqualTo(1));
    }

    [Test]
    public async Task A_late_result_is_not_stored_when_its_key_was_invalidated_meanwhile([Values("key", "tag", "set")] string kind)
    {
        TestCache cache = await FilledAsync();
        var factory = new HeldOperation();
        Task<CacheResult<string>> read = GetAsync(cache, factory);
        await factory.Reached;
        await AdvanceUntilAsync(read, Soft);
        await read;
        Cluster.Tick();
        await (kind switch
        {
            "key" => cache.Cache.RemoveAsync(Key),
            "tag" => cache.Cache.RemoveByTagAsync("t"),
            _ => cache.Cache.SetAsync(Key, "set", Options),
        });
        factory.Release();
        await cache.SettleAsync();

        Assert.That((await cache.FindAsync(Key)).Value, Is.EqualTo(kind == "set" ? "set" : null));
    }

    [Test]
    public async Task A_late_result_does_not_replace_what_a_later_flight_has_made()
    {
        TestCache cache = await FilledAsync();
        var factory = new HeldOperation();
        TieredEntryOptions patient = new() { Expiration = Life, FailSafeMaxDuration = TimeSpan.FromHours(1), FailSafeThrottle = TimeSpan.FromMilliseconds(10), FactorySoftTimeout = Soft };
        Task<CacheResult<string>> read = GetAsync(cache, factory, patient);
        await factory.Reached;
        await AdvanceUntilAsync(read, Soft);
        await read;
        Cluster.Time.Advance(Soft * 2);
        string newer = await cache.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult("newer"), patient);
        factory.Release();
        await cache.SettleAsync();

        Assert.That((newer, (await cache.FindAsync(Key)).Value), Is.EqualTo(("newer", "newer")));
    }

    [Test]
    public async Task A_source_that_is_slower_than_soft_timeout_and_throttle_is_not_asked_again_while_it_answers_unless_it_never_does()
    {
        TestCache cache = await FilledAsync();
        TieredEntryOptions options = new() { Expiration = Life, FailSafeMaxDuration = TimeSpan.FromHours(1), FailSafeThrottle = Hard, FactorySoftTimeout = Soft };
        int calls = 0;
        var factory = new HeldOperation();
        Task<CacheResult<string>> ReadAsync() => cache.Cache.GetOrCreateResultAsync(Key, factory, async (f, _) =>
        {
            if (Interlocked.Increment(ref calls) == 1)
                await f.PassAsync();
            return "call " + calls;
        }, options).AsTask();
        Task<CacheResult<string>> first = ReadAsync();
        await factory.Reached;
        await AdvanceUntilAsync(first, Soft);
        var during = new List<CacheResult<string>> { await first };
        for (int i = 0; i < 8; i++)
        {
            Cluster.Time.Advance(Hard);
            during.Add(await ReadAsync());
        }
        int early = calls;
        Cluster.Time.Advance(Hard * 3);
        CacheResult<string> late = await ReadAsync();
        factory.Release();
        await cache.SettleAsync();

        Assert.That(during, Has.All.Matches<CacheResult<string>>(r => r is { Value: "old", IsStale: true }));
        Assert.That((early, late.Value, calls, (await cache.FindAsync(Key)).Value), Is.EqualTo((1, "call 2", 2, "call 2")));
    }

    [Test]
    public async Task Without_an_expired_value_the_soft_timeout_does_not_matter_and_the_hard_one_ends_in_an_exception_and_a_cancelled_factory()
    {
        TestCache cache = await Cluster.AddAsync();
        var factory = new HeldOperation();
        CancellationToken token = default;
        Task<string> read = cache.Cache.GetOrCreateAsync(Key, async t =>
        {
            token = t;
            await factory.PassAsync();
            return "late";
        }, Options).AsTask();
        await factory.Reached;
        Cluster.Time.Advance(Soft * 2);
        bool early = read.IsCompleted;
        await AdvanceUntilAsync(read, Soft);

        Assert.That(async () => await read, Throws.InstanceOf<TimeoutException>().With.Message.Contains(Key).And.Message.Contains("00:00:03"));
        Assert.That((early, token.IsCancellationRequested), Is.EqualTo((false, true)));
        factory.Release();
        await cache.SettleAsync();
        Assert.That(await cache.FindAsync(Key), Is.EqualTo(((string?)null, 0)), "what it still returns is ignored");
    }

    [Test]
    public async Task A_factory_that_outlasts_the_hard_timeout_behind_its_callers_is_cancelled_too()
    {
        TestCache cache = await FilledAsync();
        var cancelled = new TaskCompletionSource();
        Task<string> read = cache.Cache.GetOrCreateAsync(Key, async t =>
        {
            t.Register(() => cancelled.SetResult());
            await cancelled.Task;
            return "late";
        }, Options).AsTask();
        await AdvanceUntilAsync(read, Soft);
        string stale = await read;
        await AdvanceUntilAsync(cancelled.Task, Soft);
        await cache.SettleAsync();

        Assert.That((stale, (await cache.FindAsync(Key)).Value, cache.Statistics.FactoryTimeouts), Is.EqualTo(("old", "old", 2L)));
    }

    [Test]
    public async Task A_factory_that_blocks_its_thread_is_given_up_as_well()
    {
        TestCache cache = await FilledAsync();
        using var gate = new ManualResetEventSlim();
        Task<string> read = cache.Cache.GetOrCreateAsync(Key, _ =>
        {
            gate.Wait(CancellationToken.None);
            return ValueTask.FromResult("late");
        }, Options).AsTask();
        await AdvanceUntilAsync(read, Soft);

        Assert.That(await read, Is.EqualTo("old"));
        gate.Set();
    }

    [Test]
    public async Task A_tier_that_hangs_costs_one_timeout_and_is_then_left_out()
    {
        TestCache cache = await Cluster.AddAsync(shared: o => o.HardTimeout = Hard);
        var script = new TierScript(Cluster.Shared);
        HeldOperation hung = script.Hold(InMemoryTier.Read, "a");
        Task<string> first = cache.ComputeAsync("a", () => Task.FromResult("computed"));
        await hung.Reached;
        await AdvanceUntilAsync(first, Hard / 8);
        string value = await first;
        int before = script.Log.Count;
        string second = await cache.ComputeAsync("b", () => Task.FromResult("computed"));
        TierStatistics tier = cache.Statistics.Tiers[1];

        Assert.That((value, second, script.Log.Count - before), Is.EqualTo(("computed", "computed", 0)), "neither read nor written");
        Assert.That((tier.ReadCircuit, tier.WriteCircuit, tier.Timeouts, tier.CircuitBreaks), Is.EqualTo((CircuitState.Open, CircuitState.Open, 1L, 2L)));
        Assert.That(cache.Log.Messages.Count(m => m.Id.Id == 13), Is.EqualTo(2));
        hung.Release();
    }

    [Test]
    public async Task A_late_answer_that_cannot_be_disposed_of_is_a_fault_of_its_tier_and_nothing_more()
    {
        await using var cluster = new Cluster(time => new UndisposableTier(time));
        // Without end: nobody knows how far the time has to go on until the read has been given up.
        await cluster.Shared.WriteAsync(Key, new byte[] { 1 }, new TierLifetime(null), CancellationToken.None);
        TestCache cache = await cluster.AddAsync(shared: o => o.HardTimeout = Hard);
        HeldOperation hung = new TierScript(cluster.Shared).Hold(InMemoryTier.Read, Key);
        Task<string> read = cache.ComputeAsync(Key, () => Task.FromResult("computed"));
        await hung.Reached;
        for (var deadline = System.Diagnostics.Stopwatch.StartNew(); !read.IsCompleted && deadline.Elapsed < TimeSpan.FromSeconds(30);)
        {
            cluster.Time.Advance(Hard / 8);
            await Task.Yield();
        }
        long before = cache.Statistics.Tiers[1].ReadFaults;
        hung.Release();
        SpinWait.SpinUntil(() => cache.Statistics.Tiers[1].ReadFaults > before, TimeSpan.FromSeconds(30));

        Assert.That((await read, before, cache.Statistics.Tiers[1].ReadFaults), Is.EqualTo(("computed", 1L, 2L)));
    }

    [Test]
    public async Task After_the_break_the_tier_is_used_again()
    {
        TestCache cache = await Cluster.AddAsync(shared: o => (o.MinimumCalls, o.BreakDuration) = (2, Hard));
        var script = new TierScript(Cluster.Shared);
        script.Fail(InMemoryTier.Read, InMemoryTier.ReadVersion);
        await cache.ComputeAsync("a", () => Task.FromResult("v"));
        await cache.ComputeAsync("b", () => Task.FromResult("v"));
        CircuitState open = cache.Statistics.Tiers[1].ReadCircuit;
        script.Repair();
        await cache.ComputeAsync("c", () => Task.FromResult("v"));
        await cache.SettleAsync();
        bool skipped = !Cluster.Shared.Keys.Contains("c");
        Cluster.Time.Advance(Hard);
        await cache.ComputeAsync("d", () => Task.FromResult("v"));
        await cache.SettleAsync();

        Assert.That((open, skipped, Cluster.Shared.Keys.Contains("d"), cache.Statistics.Tiers[1].ReadCircuit),
            Is.EqualTo((CircuitState.Open, true, true, CircuitState.Closed)));
    }

    [Test]
    public async Task A_tier_that_refuses_writes_is_still_read()
    {
        TestCache cache = await Cluster.AddAsync(shared: o => o.MinimumCalls = 2);
        await cache.Cache.SetAsync("there", "v");
        new TierScript(Cluster.Shared).Fail(InMemoryTier.ReadVersion, InMemoryTier.Write, InMemoryTier.WriteIfUnchanged);
        for (int i = 0; i < 5; i++)
            await cache.ComputeAsync("k" + i, () => Task.FromResult("v"));
        TestCache other = await Cluster.AddAsync(shared: o => o.MinimumCalls = 2);
        for (int i = 0; i < 5; i++)
            await other.ComputeAsync("k" + i, () => Task.FromResult("v"));

        Assert.That((other.Statistics.Tiers[1].WriteCircuit, await other.FindAsync("there")), Is.EqualTo((CircuitState.Open, ("v", 2))));
    }

    [Test]
    public async Task With_an_expired_value_at_hand_a_slow_tier_is_waited_for_no_longer_than_its_soft_timeout()
    {
        TieredEntryOptions options = new() { Expiration = Life, FailSafeMaxDuration = TimeSpan.FromHours(1), TierSoftTimeout = Soft };
        TestCache cache = await Cluster.AddAsync(shared: o => o.HardTimeout = Hard * 10);
        await cache.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult("old"), options);
        await cache.SettleAsync();
        Cluster.Time.Advance(Life);
        HeldOperation hung = new TierScript(Cluster.Shared).Hold(InMemoryTier.Read, Key);
        Task<string> read = cache.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult("new"), options).AsTask();
        await hung.Reached;
        Cluster.Time.Advance(Soft + Soft / 8);

        Assert.That(await read.WaitAsync(TimeSpan.FromSeconds(30)), Is.EqualTo("new"));
        hung.Release();
    }

    [Test]
    public async Task A_write_that_ends_after_it_was_given_up_takes_its_key_out_of_the_tier_again()
    {
        await using var cluster = new Cluster(time => new PlainTier(new InMemoryTier(time)));
        InMemoryTier inner = ((PlainTier)cluster.Tiers[0]).Inner;
        TestCache cache = await cluster.AddAsync(shared: o => o.HardTimeout = Hard);
        HeldOperation write = new TierScript(inner).Hold(InMemoryTier.Write, Key);
        Task set = cache.Cache.SetAsync(Key, "v").AsTask();
        await write.Reached;
        while (!set.IsCompleted)
        {
            cluster.Time.Advance(Hard / 8);
            await Task.Yield();
        }
        await set;
        while (cache.Statistics.Tiers[1].PendingInvalidations > 0)
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(1));
            await cache.ReceiveAsync();
        }
        int removals = inner.Count(InMemoryTier.Remove);
        write.Release();
        for (var deadline = System.Diagnostics.Stopwatch.StartNew(); inner.Count(InMemoryTier.Remove) == removals && deadline.Elapsed < TimeSpan.FromSeconds(30);)
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(1));
            await cache.ReceiveAsync();
        }

        Assert.That(inner.Count(InMemoryTier.Remove), Is.GreaterThan(removals));
        Assert.That(inner.Keys, Is.Empty);
    }

    private async Task AdvanceUntilAsync(Task task, TimeSpan step)
    {
        for (var deadline = System.Diagnostics.Stopwatch.StartNew(); !task.IsCompleted && deadline.Elapsed < TimeSpan.FromSeconds(30);)
        {
            Cluster.Time.Advance(step / 4);
            await Task.Delay(1);
        }
    }

    private static Task<CacheResult<string>> GetAsync(TestCache cache, HeldOperation factory, TieredEntryOptions? options = null) =>
        cache.Cache.GetOrCreateResultAsync(Key, factory, async (f, _) =>
        {
            await f.PassAsync();
            return "new";
        }, options ?? Options, ["t"]).AsTask();

    private async Task<TestCache> FilledAsync()
    {
        TestCache cache = await Cluster.AddAsync();
        await cache.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult("old"), Options, ["t"]);
        await cache.SettleAsync();
        Cluster.Time.Advance(Life);
        return cache;
    }

    private sealed class UndisposableTier(TimeProvider time) : InMemoryTier(time), ICacheTier
    {
        async ValueTask<TierEntry> ICacheTier.ReadAsync(string key, TierRead read, CancellationToken cancellationToken)
        {
            TierEntry found = await ReadAsync(key, read, cancellationToken);
            return found.Found ? new TierEntry(found.Data, new Owner()) : found;
        }

        private sealed class Owner : IDisposable
        {
            public void Dispose() => throw new NotSupportedException();
        }
    }
}
