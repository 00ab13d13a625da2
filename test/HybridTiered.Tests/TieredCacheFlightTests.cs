using HybridTiered.Tests.Support;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCacheFlightTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task Ten_thousand_callers_of_a_missing_key_make_one_factory_call_and_one_read()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        var source = new Source<string>("v");
        source.Hold();

        Task<string>[] callers = [.. Enumerable.Range(0, 10_000).Select(_ => cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync).AsTask())];
        Assert.That((cache.Statistics.Flights, cache.Statistics.Callers), Is.EqualTo((1, 10_000)));
        source.Release();
        string[] values = await Task.WhenAll(callers);

        Assert.That((source.Calls, values.Distinct().Single(), tier.Count(InMemoryTier.Read)), Is.EqualTo((1, "v", 1)));
    }

    [Test]
    public async Task All_callers_get_the_exception_of_the_factory_and_the_next_one_starts_anew()
    {
        await using TestCache cache = TestCache.Create(_time);
        var gate = new TaskCompletionSource();
        async ValueTask<string> Fail(CancellationToken token)
        {
            await gate.Task;
            throw new TimeoutException("the database");
        }

        Task<string>[] callers = [.. Enumerable.Range(0, 3).Select(_ => cache.Hybrid.GetOrCreateAsync("k", Fail).AsTask())];
        gate.SetResult();

        foreach (Task<string> caller in callers)
            Assert.That(async () => await caller, Throws.InstanceOf<TimeoutException>().With.Message.EqualTo("the database"));
        Assert.That(await cache.Hybrid.GetOrCreateAsync("k", new Source<string>("v").ComputeAsync), Is.EqualTo("v"));
    }

    [Test]
    public async Task A_caller_that_cancels_leaves_alone()
    {
        await using TestCache cache = TestCache.Create(_time);
        foreach (int leaves in new[] { 0, 1 })
        {
            string key = "k" + leaves;
            var source = new Source<string>("v");
            source.Hold();
            using var cancellation = new CancellationTokenSource();
            using var other = new CancellationTokenSource();
            CancellationToken[] tokens = leaves == 0 ? [cancellation.Token, other.Token] : [other.Token, cancellation.Token];
            Task<string>[] callers = [.. tokens.Select(token => cache.Hybrid.GetOrCreateAsync(key, source.ComputeAsync, cancellationToken: token).AsTask())];

            await cancellation.CancelAsync();
            Assert.That(async () => await callers[leaves], Throws.InstanceOf<OperationCanceledException>());
            source.Release();

            Assert.That(await callers[1 - leaves], Is.EqualTo("v"));
            Assert.That(source.Calls, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task The_token_of_the_factory_fires_when_the_last_caller_has_left_and_not_before()
    {
        await using TestCache cache = TestCache.Create(_time);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        CancellationToken seen = default;
        var never = new TaskCompletionSource<string>();
        async ValueTask<string> Compute(CancellationToken token)
        {
            seen = token;
            return await never.Task.WaitAsync(token);
        }

        Task<string> one = cache.Hybrid.GetOrCreateAsync("k", Compute, cancellationToken: first.Token).AsTask();
        Task<string> two = cache.Hybrid.GetOrCreateAsync("k", Compute, cancellationToken: second.Token).AsTask();
        await first.CancelAsync();
        Assert.That(seen.IsCancellationRequested, Is.False);
        await second.CancelAsync();

        Assert.That(seen.IsCancellationRequested, Is.True);
        Assert.That(async () => await one, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await two, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await cache.Hybrid.GetOrCreateAsync("k", new Source<string>("v").ComputeAsync), Is.EqualTo("v"));
    }

    [Test]
    public async Task A_call_whose_token_is_cancelled_already_does_nothing()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("k", "v");
        var source = new Source<string>("v");
        var cancelled = new CancellationToken(canceled: true);

        Assert.That(async () => await cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync, cancellationToken: cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await cache.Hybrid.SetAsync("k", "other", cancellationToken: cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await cache.Hybrid.RemoveAsync("k", cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await cache.Hybrid.RemoveByTagAsync("*", cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await cache.Cache.GetManyAsync<string>(["k"], cancellationToken: cancelled), Throws.InstanceOf<OperationCanceledException>());

        Assert.That(source.Calls, Is.Zero);
        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("v"));
    }

    [Test]
    public async Task Callers_are_released_before_the_lower_tiers_are_written()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        var held = new HeldOperation(tier, InMemoryTier.WriteIfUnchanged, "k");

        Assert.That(await cache.Hybrid.GetOrCreateAsync("k", new Source<string>("v").ComputeAsync), Is.EqualTo("v"));
        await held.Reached;

        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));
        Assert.That((tier.Keys.Count, cache.Statistics.Background), Is.EqualTo((0, 1)));
        held.Release();
        await cache.SettleAsync();
        Assert.That(tier.Keys, Is.EqualTo(new[] { "k" }));
    }

    [Test]
    public async Task The_execution_context_of_the_first_caller_flows_into_the_factory()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        using var cancellation = new CancellationTokenSource();
        foreach (CancellationToken token in new[] { CancellationToken.None, cancellation.Token })
        {
            Ambient.Value = "of the request";

            string? seen = await cache.Hybrid.GetOrCreateAsync("k" + token.CanBeCanceled, async _ =>
            {
                await Task.Yield();
                return Ambient.Value;
            }, cancellationToken: token);

            Assert.That(seen, Is.EqualTo("of the request"));
        }
    }

    [Test]
    public async Task A_flight_that_ends_late_does_not_take_its_successor_with_it()
    {
        await using TestCache cache = TestCache.Create(_time);
        var first = new Source<string>("old");
        var second = new Source<string>("new");
        first.Hold();
        second.Hold();
        Task<string> old = cache.Hybrid.GetOrCreateAsync("k", first.ComputeAsync).AsTask();
        await cache.Hybrid.RemoveAsync("k");
        Task<string> successor = cache.Hybrid.GetOrCreateAsync("k", second.ComputeAsync).AsTask();

        first.Release();
        Assert.That(await old, Is.EqualTo("old"));
        Task<string> joined = cache.Hybrid.GetOrCreateAsync("k", second.ComputeAsync).AsTask();
        second.Release();

        Assert.That((await successor, await joined, second.Calls), Is.EqualTo(("new", "new", 1)));
    }

    [Test]
    public async Task Types_do_not_meet_in_a_flight()
    {
        await using TestCache cache = TestCache.Create(_time);
        var text = new Source<string>("v");
        var number = new Source<int>(7);
        text.Hold();

        Task<string> first = cache.Hybrid.GetOrCreateAsync("k", text.ComputeAsync).AsTask();
        int second = await cache.Hybrid.GetOrCreateAsync("k", number.ComputeAsync);
        text.Release();

        Assert.That((await first, second), Is.EqualTo(("v", 7)));
    }

    [Test]
    public async Task A_call_without_a_factory_is_refused()
    {
        await using TestCache cache = TestCache.Create(_time);

        Assert.That(async () => await cache.Hybrid.GetOrCreateAsync<int, string>("k", 0, null!), Throws.ArgumentNullException);
        Assert.That(async () => await cache.Cache.GetOrCreateManyAsync<string>(["k"], null!), Throws.ArgumentNullException);
    }
}
