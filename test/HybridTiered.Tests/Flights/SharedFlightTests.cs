using System.Diagnostics;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests.Flights;

/// <summary>Rule 9: callers share outcomes.</summary>
[TestFixture, FixtureLifeCycle(LifeCycle.InstancePerTestCase), Category("Unit")]
public sealed class SharedFlightTests
{
    private const int Crowd = 10_000;

    private readonly InMemoryTier _tier = new(TimeProvider.System);

    [TearDown]
    public ValueTask TearDown() => _tier.DisposeAsync();

    [Test]
    public async Task Ten_thousand_callers_of_a_missing_key_make_one_factory_call_and_one_read_per_tier([Values] bool withTier, [Values] bool synchronous)
    {
        await using TestCache cache = Create(withTier);
        int calls = 0;
        var reads = new TierScript(_tier);
        HeldOperation? read = withTier ? reads.Hold(InMemoryTier.Read, "k") : null;
        using var gate = new ManualResetEventSlim();
        var asyncGate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ValueTask<string> Factory(CancellationToken token)
        {
            Interlocked.Increment(ref calls);
            if (!synchronous)
                return new ValueTask<string>(asyncGate.Task.ContinueWith(_ => "v", token, TaskContinuationOptions.None, TaskScheduler.Default));
            gate.Wait(token);
            return new ValueTask<string>("v");
        }

        // A synchronous factory keeps its caller's thread.
        Task<string> first = Task.Run(() => cache.Hybrid.GetOrCreateAsync("k", Factory).AsTask());
        Assert.That(SpinWait.SpinUntil(() => cache.Statistics.Callers == 1, TimeSpan.FromSeconds(10)), Is.True);
        Task<string>[] others = [.. Enumerable.Range(1, Crowd - 1).Select(_ => cache.Hybrid.GetOrCreateAsync("k", Factory).AsTask())];
        Assert.That(cache.Statistics.Callers, Is.EqualTo(Crowd));
        read?.Release();
        gate.Set();
        asyncGate.SetResult();
        string[] values = await Task.WhenAll(others.Append(first));

        Assert.That((calls, values.Distinct().Single(), cache.Statistics.FactoryCalls), Is.EqualTo((1, "v", 1)));
        Assert.That(reads.Log.Count(l => l == (InMemoryTier.Read, "k")), Is.EqualTo(withTier ? 1 : 0));
        Assert.That((cache.Statistics.Shared, cache.Statistics.Misses), Is.EqualTo((Crowd - 1, 1)));
    }

    [Test]
    public async Task Callers_on_many_threads_that_start_at_once_make_one_factory_call()
    {
        await using TestCache cache = Create(withTier: false);
        for (int round = 0; round < 100; round++)
        {
            int calls = 0;
            string key = "k" + round;
            using var start = new Barrier(8);
            Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                cache.Hybrid.GetOrCreateAsync(key, _ =>
                {
                    Interlocked.Increment(ref calls);
                    return new ValueTask<string>("v");
                }).AsTask().GetAwaiter().GetResult();
            }))];
            foreach (Thread thread in threads)
                thread.Start();
            foreach (Thread thread in threads)
                thread.Join();
            Assert.That(calls, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task A_hit_in_a_lower_tier_is_shared_too()
    {
        await using TestCache writer = Create(withTier: true);
        await writer.Hybrid.SetAsync("k", "v");
        await using TestCache cache = Create(withTier: true);
        var script = new TierScript(_tier);
        HeldOperation read = script.Hold(InMemoryTier.Read, "k");
        Task<(string?, int)>[] callers = [.. Enumerable.Range(0, 1_000).Select(_ => cache.FindAsync("k"))];
        await read.Reached;
        read.Release();

        Assert.That(await Task.WhenAll(callers), Has.All.EqualTo(("v", 2)));
        Assert.That(script.Log.Count(l => l.Key == "k"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_failing_factory_is_called_once_and_all_its_callers_get_its_exception([Values] bool cancellable)
    {
        await using TestCache cache = Create(withTier: true);
        using var token = new CancellationTokenSource();
        var factory = new HeldOperation();
        int calls = 0;
        Task<string>[] callers = [.. Enumerable.Range(0, Crowd).Select(_ => cache.ComputeAsync(
            "k",
            async () =>
            {
                calls++;
                await factory.PassAsync();
                throw new InvalidDataException("no such row");
            },
            cancellationToken: cancellable ? token.Token : default))];
        await factory.Reached;
        factory.Release();

        foreach (Task<string> caller in callers)
            Assert.That(() => caller, Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("no such row"));
        Assert.That((calls, cache.Statistics.FactoryFailures), Is.EqualTo((1, 1)));
        Assert.That(await cache.ComputeAsync("k", () => Task.FromResult("v")), Is.EqualTo("v"), "the next caller starts afresh");
    }

    [Test]
    public async Task A_reader_between_the_result_and_the_end_of_its_flight_does_not_compute_again()
    {
        await using TestCache cache = Create(withTier: true);
        HeldOperation write = new TierScript(_tier).Hold(InMemoryTier.WriteIfUnchanged, "k");
        await cache.ComputeAsync("k", () => Task.FromResult("first"));
        await write.Reached;
        Assert.That(cache.Statistics.Flights, Is.EqualTo(1), "the flight still writes behind");

        string second = await cache.ComputeAsync("k", () => Task.FromResult("second"));
        write.Release();

        Assert.That(second, Is.EqualTo("first"));
    }

    [Test]
    public async Task A_reader_that_missed_L1_just_before_the_result_came_finds_it_at_the_second_look()
    {
        await using TestCache cache = Create(withTier: false);
        // The flight of the one starts after that of the other has stored its result and ended.
        string value = await cache.ComputeAsync("k", () => Task.FromResult("v"));
        var reads = cache.Cache.Core.Reads;
        var settings = cache.Cache.Core.Chain.Settings.Resolve("k", null);

        CacheResult<string> late = await reads.GetAsync<int, string>("k", 0, (_, _) => throw new InvalidOperationException("computed again"), settings, [], default);

        Assert.That((value, late), Is.EqualTo(("v", new CacheResult<string>(true, "v", 1))));
    }

    [Test]
    public async Task Callers_of_other_types_or_flags_do_not_share()
    {
        await using TestCache cache = Create(withTier: false);
        var factory = new HeldOperation();
        Task<string> text = cache.ComputeAsync("k", async () =>
        {
            await factory.PassAsync();
            return "text";
        });
        await factory.Reached;

        int number = await cache.Hybrid.GetOrCreateAsync("k", _ => new ValueTask<int>(7));
        string uncached = await cache.Hybrid.GetOrCreateAsync(
            "k", _ => new ValueTask<string>("other"), new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableLocalCache });
        CacheResult<string> read = await cache.Cache.TryGetAsync<string>("k");
        factory.Release();

        Assert.That((number, uncached, read.Found, await text), Is.EqualTo((7, "other", false, "text")));
    }

    [Test]
    public async Task A_plain_read_under_way_does_not_make_a_computation_miss()
    {
        await using TestCache cache = Create(withTier: true);
        HeldOperation read = new TierScript(_tier).Hold(InMemoryTier.Read, "k");
        Task<CacheResult<string>> plain = cache.Cache.TryGetAsync<string>("k").AsTask();
        await read.Reached;

        string computed = await cache.ComputeAsync("k", () => Task.FromResult("v"));
        read.Release();
        await plain;

        Assert.That(computed, Is.EqualTo("v"));
    }

    [Test]
    public async Task The_execution_context_of_the_first_caller_flows_into_the_factory_and_nothing_flows_back([Values] bool synchronous)
    {
        await using TestCache cache = Create(withTier: true);
        var local = new AsyncLocal<string> { Value = "caller" };
        using var source = new ActivitySource("test");
        using var listener = new ActivityListener { ShouldListenTo = s => s == source, Sample = (ref _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        using Activity activity = source.StartActivity("request")!;

        (string?, Activity?) seen = await cache.Hybrid.GetOrCreateAsync("k", token =>
        {
            (string?, Activity?) context = (local.Value, Activity.Current);
            local.Value = "factory";
            return synchronous ? new ValueTask<(string?, Activity?)>(context) : LaterAsync(context);
        }, new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableDistributedCache });

        Assert.That(seen.Item1, Is.EqualTo("caller"));
        Assert.That(seen.Item2, Is.SameAs(activity));
        Assert.That((local.Value, Activity.Current), Is.EqualTo(("caller", activity)));
        Assert.That(HybridTiered.Flights.Flight.Current, Is.Null);

        static async ValueTask<(string?, Activity?)> LaterAsync((string?, Activity?) context)
        {
            await Task.Yield();
            return context;
        }
    }

    [Test]
    public async Task Each_caller_of_a_mutable_value_gets_an_instance_of_its_own()
    {
        await using TestCache cache = Create(withTier: false);
        var factory = new HeldOperation();
        Task<List<int>>[] callers = [.. Enumerable.Range(0, 10).Select(_ => cache.Hybrid.GetOrCreateAsync("k", async _ =>
        {
            await factory.PassAsync();
            return new List<int> { 1 };
        }).AsTask())];
        await factory.Reached;
        factory.Release();

        List<int>[] lists = await Task.WhenAll(callers);

        Assert.That(lists.Distinct(ReferenceEqualityComparer.Instance).Count(), Is.EqualTo(10));
    }

    private TestCache Create(bool withTier) => TestCache.Create(TimeProvider.System, null, withTier ? [_tier] : Array.Empty<ICacheTier>());
}
