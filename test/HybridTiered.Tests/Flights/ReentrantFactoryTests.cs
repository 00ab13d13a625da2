using HybridTiered.Tests.Support;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Flights;

/// <summary>A factory that asks for the key it is computing gets an exception that says so, and never waits for itself.</summary>
[TestFixture, Category("Unit")]
public sealed class ReentrantFactoryTests
{
    private readonly ManualTimeProvider _time = new();
    private TestCache _cache = null!;

    [SetUp]
    public void SetUp() => _cache = TestCache.Create(_time, null, (ICacheTier)new InMemoryTier(_time));

    [TearDown]
    public ValueTask TearDown() => _cache.DisposeAsync();

    [Test]
    public void Directly()
    {
        AssertSelfReference(() => Ask("k", () => Ask("k", () => Task.FromResult("v"))), "k");
    }

    [Test]
    public void Through_another_key()
    {
        AssertSelfReference(() => Ask("k", () => Ask("other", () => Ask("k", () => Task.FromResult("v")))), "k");
    }

    [Test]
    public void Through_a_bulk_read()
    {
        AssertSelfReference(() => Ask("k", async () => (await BulkAsync(["other", "k"]))["k"]), "k");
    }

    [Test]
    public void From_a_bulk_factory([Values("a", "b", "c")] string own)
    {
        AssertSelfReference(
            async () => await _cache.Cache.GetOrCreateManyAsync<string>(["a", "b", "c"], async (_, _) =>
            {
                await Ask(own, () => Task.FromResult("v"));
                return new Dictionary<string, string>();
            }),
            own);
    }

    [Test]
    public void After_it_has_invalidated_its_own_key()
    {
        // The invalidation cuts the flight off, so the inner call does not find it under way.
        int calls = 0;
        async Task<string> Factory()
        {
            Assert.That(++calls, Is.LessThan(10));
            await _cache.Hybrid.RemoveAsync("k");
            return await Ask("k", Factory);
        }

        AssertSelfReference(() => Ask("k", Factory), "k");
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public async Task The_key_can_be_computed_afterwards()
    {
        AssertSelfReference(() => Ask("k", () => Ask("k", () => Task.FromResult("v"))), "k");

        Assert.That(await Ask("k", () => Task.FromResult("v")), Is.EqualTo("v"));
        Assert.That(_cache.Statistics.Callers, Is.Zero);
    }

    [Test]
    public async Task A_factory_may_ask_for_other_keys_and_set_its_own()
    {
        string value = await Ask("k", async () =>
        {
            await _cache.Hybrid.SetAsync("k", "set");
            return await Ask("other", () => Task.FromResult("v"));
        });

        Assert.That((value, (await _cache.FindAsync("k")).Value, (await _cache.FindAsync("other")).Value), Is.EqualTo(("v", "set", "v")));
    }

    [Test]
    public async Task What_a_factory_left_running_may_ask_for_its_key_once_it_has_ended()
    {
        var ended = new TaskCompletionSource();
        Task<string>? later = null;
        await Ask("k", () =>
        {
            later = LaterAsync();
            return Task.FromResult("v");
        });
        await _cache.Hybrid.RemoveAsync("k");
        ended.SetResult();

        Assert.That(await later!, Is.EqualTo("later"));

        async Task<string> LaterAsync()
        {
            await ended.Task;
            return await Ask("k", () => Task.FromResult("later"));
        }
    }

    [Test]
    public async Task Two_bulk_calls_with_each_others_keys_do_not_wait_for_each_other()
    {
        var first = new HeldOperation();
        Task<IReadOnlyDictionary<string, string>> a = BulkAsync(["x", "y"], first);
        await first.Reached;
        Task<IReadOnlyDictionary<string, string>> b = BulkAsync(["z", "y", "x"]);
        Task<IReadOnlyDictionary<string, string>> c = BulkAsync(["z", "x"]);
        first.Release();

        Assert.That(((await a).Count, (await b).Count, (await c).Count), Is.EqualTo((2, 3, 2)));
    }

    [Test]
    public async Task A_bulk_call_that_fails_leaves_the_flights_it_had_joined()
    {
        using var token = new CancellationTokenSource();
        var cancelled = new TaskCompletionSource();
        var factory = new HeldOperation();
        Task<string> single = _cache.Hybrid.GetOrCreateAsync(
            "x",
            async t =>
            {
                t.Register(cancelled.SetResult);
                await factory.PassAsync();
                return "v";
            },
            cancellationToken: token.Token).AsTask();
        await factory.Reached;
        Assert.That(
            () => _cache.Cache.GetOrCreateManyAsync<string>(["x", "y"], (_, _) => throw new InvalidDataException()).AsTask(), Throws.TypeOf<InvalidDataException>());

        await token.CancelAsync();

        await cancelled.Task;
        Assert.That(() => single, Throws.InstanceOf<OperationCanceledException>());
        factory.Release();
    }

    private Task<string> Ask(string key, Func<Task<string>> factory) => _cache.ComputeAsync(key, factory);

    private Task<IReadOnlyDictionary<string, string>> BulkAsync(string[] keys, HeldOperation? held = null) =>
        _cache.Cache.GetOrCreateManyAsync<string>(keys, async (missing, _) =>
        {
            if (held is not null)
                await held.PassAsync();
            return missing.ToDictionary(k => k, k => k);
        }).AsTask();

    private static void AssertSelfReference(Func<Task> call, string key) =>
        Assert.That(call, Throws.InvalidOperationException.With.Message.Contains($"'{key}' asks the cache for the same key"));
}
