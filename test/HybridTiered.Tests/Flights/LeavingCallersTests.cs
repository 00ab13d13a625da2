using System.Runtime.CompilerServices;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Flights;

/// <summary>Rule 9: a caller that leaves detaches itself; the factory goes on for the others, and ends with the last.</summary>
[TestFixture, FixtureLifeCycle(LifeCycle.InstancePerTestCase), Category("Unit")]
public sealed class LeavingCallersTests
{
    private readonly InMemoryTier _tier = new(TimeProvider.System);

    [TearDown]
    public ValueTask TearDown() => _tier.DisposeAsync();

    [Test]
    public async Task Callers_that_leave_do_not_disturb_those_that_stay([Values] bool leaderLeaves)
    {
        await using TestCache cache = Create(withTier: true);
        var factory = new HeldOperation();
        int calls = 0;
        CancellationToken seen = default;
        CancellationTokenSource[] tokens = [.. Enumerable.Range(0, 1_000).Select(_ => new CancellationTokenSource())];
        Task<string>[] callers = [.. tokens.Select(t => cache.Hybrid.GetOrCreateAsync(
            "k",
            async token =>
            {
                seen = token;
                calls++;
                await factory.PassAsync();
                return "v";
            },
            cancellationToken: t.Token).AsTask())];
        await factory.Reached;

        bool Leaves(int i) => i % 2 == 0 == leaderLeaves;
        for (int i = 0; i < tokens.Length; i++)
        {
            if (Leaves(i))
                await tokens[i].CancelAsync();
        }
        for (int i = 0; i < callers.Length; i++)
        {
            if (Leaves(i))
                Assert.That(() => callers[i], Throws.InstanceOf<OperationCanceledException>());
        }
        factory.Release();

        string[] served = await Task.WhenAll(callers.Where((_, i) => !Leaves(i)));
        Assert.That((served.Length, served.Distinct().Single(), calls, seen.IsCancellationRequested), Is.EqualTo((500, "v", 1, false)));
        Assert.That((await cache.FindAsync("k")).Level, Is.EqualTo(1));
    }

    [Test]
    public async Task When_the_last_caller_leaves_the_factory_is_cancelled_and_the_next_caller_starts_afresh()
    {
        await using TestCache cache = Create(withTier: true);
        var cancelled = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        CancellationTokenSource[] tokens = [.. Enumerable.Range(0, 100).Select(_ => new CancellationTokenSource())];
        Task<string>[] callers = [.. tokens.Select(t => cache.Hybrid.GetOrCreateAsync(
            "k",
            async token =>
            {
                token.Register(cancelled.SetResult);
                started.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                return "never";
            },
            cancellationToken: t.Token).AsTask())];
        await started.Task;
        foreach (CancellationTokenSource token in tokens[1..])
            await token.CancelAsync();
        Assert.That(cancelled.Task.IsCompleted, Is.False, "one still waits");

        await tokens[0].CancelAsync();
        Task<string> next = cache.ComputeAsync("k", () => Task.FromResult("fresh"));

        await cancelled.Task;
        Assert.That(await next, Is.EqualTo("fresh"));
        foreach (Task<string> caller in callers)
            Assert.That(() => caller, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_caller_without_a_token_keeps_the_factory_alive_when_all_others_leave()
    {
        await using TestCache cache = Create(withTier: false);
        using var token = new CancellationTokenSource();
        var factory = new HeldOperation();
        CancellationToken seen = default;
        Task<string> leaving = cache.Hybrid.GetOrCreateAsync(
            "k",
            async t =>
            {
                seen = t;
                await factory.PassAsync();
                return "v";
            },
            cancellationToken: token.Token).AsTask();
        await factory.Reached;
        Task<string> staying = cache.ComputeAsync("k", () => Task.FromResult("other"));

        await token.CancelAsync();
        Assert.That(() => leaving, Throws.InstanceOf<OperationCanceledException>());
        factory.Release();

        Assert.That((await staying, seen.IsCancellationRequested), Is.EqualTo(("v", false)));
    }

    [Test]
    public async Task When_a_factory_gives_up_with_its_own_caller_exactly_one_of_the_others_becomes_the_new_leader()
    {
        await using TestCache cache = Create(withTier: true);
        using var token = new CancellationTokenSource();
        var second = new HeldOperation();
        int calls = 0;
        Task<string> leader = cache.Hybrid.GetOrCreateAsync(
            "k",
            async _ =>
            {
                Interlocked.Increment(ref calls);
                // Captured, not the factory's own.
                await Task.Delay(Timeout.Infinite, token.Token);
                return "never";
            },
            cancellationToken: token.Token).AsTask();
        Task<string>[] others = [.. Enumerable.Range(0, 1_000).Select(_ => cache.ComputeAsync("k", async () =>
        {
            Interlocked.Increment(ref calls);
            await second.PassAsync();
            return "v";
        }))];

        await token.CancelAsync();
        await second.Reached;
        second.Release();
        string[] values = await Task.WhenAll(others);

        Assert.That(() => leader, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((calls, values.Distinct().Single()), Is.EqualTo((2, "v")));
    }

    [Test]
    public async Task What_a_factorys_token_callback_throws_does_not_reach_the_caller_that_leaves_last()
    {
        await using TestCache cache = Create(withTier: false);
        using var token = new CancellationTokenSource();
        var factory = new HeldOperation();
        Task<string> caller = cache.Hybrid.GetOrCreateAsync(
            "k",
            async t =>
            {
                t.Register(() => throw new InvalidDataException("callback"));
                await factory.PassAsync();
                return "v";
            },
            cancellationToken: token.Token).AsTask();
        await factory.Reached;

        await token.CancelAsync();

        Assert.That(() => caller, Throws.InstanceOf<OperationCanceledException>());
        factory.Release();
    }

    [Test]
    public async Task The_failure_of_a_flight_is_never_unobserved([Values] bool callerLeaves)
    {
        var unobserved = new List<Exception>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs args)
        {
            if (args.Exception.InnerException is InvalidDataException)
                unobserved.Add(args.Exception);
        }
        TaskScheduler.UnobservedTaskException += Note;
        await using TestCache cache = Create(withTier: false);

        FailOnce(cache, callerLeaves);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= Note;

        Assert.That(unobserved, Is.Empty);
    }

    // A frame of its own, so that its tasks can be collected.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FailOnce(TestCache cache, bool callerLeaves)
    {
        using var token = new CancellationTokenSource();
        var factory = new HeldOperation();
        Task<string> caller = cache.ComputeAsync(
            "k",
            async () =>
            {
                await factory.PassAsync();
                throw new InvalidDataException("failure");
            },
            cancellationToken: token.Token);
        if (callerLeaves)
        {
            token.Cancel();
            Assert.That(() => caller, Throws.InstanceOf<OperationCanceledException>());
        }
        factory.Release();
        if (!callerLeaves)
            Assert.That(() => caller, Throws.InstanceOf<InvalidDataException>());
        Assert.That(SpinWait.SpinUntil(() => cache.Statistics.Flights == 0, TimeSpan.FromSeconds(10)), Is.True);
    }

    private TestCache Create(bool withTier) => TestCache.Create(TimeProvider.System, null, withTier ? [_tier] : Array.Empty<ICacheTier>());
}
