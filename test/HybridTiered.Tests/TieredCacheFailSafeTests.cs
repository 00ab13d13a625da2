using HybridTiered.Flights;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests;

/// <summary>An expired value is served where the factory has none in time, from every tier, and an invalidated one never.</summary>
[TestFixture, Category("Unit")]
public sealed class TieredCacheFailSafeTests : ClusterFixture
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Throttle = TimeSpan.FromSeconds(10);
    private static readonly TieredEntryOptions Options = new() { Expiration = Life, FailSafeMaxDuration = TimeSpan.FromHours(1), FailSafeThrottle = Throttle };

    private int _calls;

    [Test]
    public async Task A_failing_factory_is_answered_for_by_the_expired_value_and_left_alone_for_the_throttle([Values] bool afterRestart)
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life);
        if (afterRestart)
            cache = await Cluster.AddAsync();

        CacheResult<string> first = await GetAsync(cache, Failing);
        CacheResult<string> during = await GetAsync(cache, Failing);
        Cluster.Time.Advance(Throttle);
        CacheResult<string> again = await GetAsync(cache, Failing);

        Assert.That((first.Value, first.IsStale, first.Level), Is.EqualTo(("old", true, afterRestart ? 2 : 1)));
        Assert.That((during.Value, during.IsStale, again.Value, again.IsStale, _calls), Is.EqualTo(("old", true, "old", true, 2)));
        Assert.That((cache.Statistics.StaleServed, cache.Log.Messages.Count(m => m.Id.Id == 7)), Is.EqualTo((2L, 2)));
    }

    [Test]
    public async Task When_the_factory_works_again_its_value_is_taken()
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life);
        await GetAsync(cache, Failing);
        Cluster.Time.Advance(Throttle);

        CacheResult<string> repaired = await GetAsync(cache, () => Task.FromResult("new"));
        CacheResult<string> hit = await GetAsync(cache, Failing);

        Assert.That((repaired.Value, repaired.IsStale, hit.Value, hit.IsStale, hit.Level), Is.EqualTo(("new", false, "new", false, 1)));
    }

    [Test]
    public async Task After_the_longest_duration_the_failure_reaches_the_caller([Values] bool afterRestart)
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life + TimeSpan.FromHours(1));
        if (afterRestart)
            cache = await Cluster.AddAsync();

        Assert.That(async () => await GetAsync(cache, Failing), Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public async Task A_throttle_does_not_reach_beyond_the_longest_duration()
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life + TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        await GetAsync(cache, Failing);
        Cluster.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.That(async () => await GetAsync(cache, Failing), Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public async Task Without_fail_safe_nothing_is_kept()
    {
        TestCache cache = await Cluster.AddAsync();
        await cache.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult("old"), new TieredEntryOptions { Expiration = Life });
        await cache.SettleAsync();
        Cluster.Time.Advance(Life);

        Assert.That(async () => await GetAsync(cache, Failing), Throws.InstanceOf<InvalidDataException>());
        Assert.That(Cluster.Shared.Keys, Is.Empty);
    }

    [Test]
    public async Task A_read_without_a_factory_does_not_see_the_expired_value()
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life);

        Assert.That(await cache.FindAsync(Key), Is.EqualTo(((string?)null, 0)));
    }

    [Test]
    public async Task What_was_invalidated_is_not_served(
        [Values("key", "tag", "pattern", "clear", "set elsewhere")] string kind, [Values] bool byAnother, [Values] bool afterRestart, [Values] bool whileStale)
    {
        TestCache cache = await FilledAsync();
        TestCache another = await Cluster.AddAsync();
        Cluster.Time.Advance(Life);
        if (whileStale)
            await GetAsync(cache, Failing);
        TestCache by = byAnother ? another : cache;
        await (kind switch
        {
            "key" => by.Cache.RemoveAsync(Key),
            "tag" => by.Cache.RemoveByTagAsync("t"),
            "pattern" => by.Cache.RemoveByPatternAsync("k*"),
            "clear" => by.Cache.ClearAsync(),
            _ => another.Cache.SetAsync(Key, "newer", new TieredEntryOptions { Expiration = TimeSpan.FromSeconds(1) }),
        });
        await Cluster.SettleAsync();
        Cluster.Time.Advance(TimeSpan.FromSeconds(1));
        if (afterRestart)
            cache = await Cluster.AddAsync();

        Assert.That(async () => await GetAsync(cache, Failing), Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public async Task What_is_invalidated_while_the_factory_runs_is_not_served([Values("key", "tag", "pattern", "clear")] string kind, [Values] bool byAnother)
    {
        TestCache cache = await FilledAsync();
        TestCache by = byAnother ? await Cluster.AddAsync() : cache;
        Cluster.Time.Advance(Life);
        var factory = new HeldOperation();
        Task<CacheResult<string>> read = GetAsync(cache, async () =>
        {
            await factory.PassAsync();
            throw new InvalidDataException();
        });
        await factory.Reached;
        Cluster.Tick();
        await (kind switch
        {
            "key" => by.Cache.RemoveAsync(Key),
            "tag" => by.Cache.RemoveByTagAsync("t"),
            "pattern" => by.Cache.RemoveByPatternAsync("k*"),
            _ => by.Cache.ClearAsync(),
        });
        await cache.ReceiveAsync();
        factory.Release();

        Assert.That(async () => await read, Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public async Task Everybody_who_waits_gets_the_expired_value_from_one_call_of_the_factory()
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life);
        var factory = new HeldOperation();
        Task<CacheResult<string>>[] reads = [.. Enumerable.Range(0, 20).Select(_ => GetAsync(cache, async () =>
        {
            await factory.PassAsync();
            throw new InvalidDataException();
        }))];
        await factory.Reached;
        factory.Release();

        CacheResult<string>[] results = await Task.WhenAll(reads);

        Assert.That((results.All(r => r is { Value: "old", IsStale: true }), _calls), Is.EqualTo((true, 1)));
    }

    [Test]
    public async Task A_value_that_callers_could_change_is_each_callers_own()
    {
        TestCache cache = await Cluster.AddAsync();
        await cache.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult(new List<int> { 1 }), Options);
        Cluster.Time.Advance(Life);

        List<int> first = await cache.Cache.GetOrCreateAsync(Key, static ValueTask<List<int>> (_) => throw new InvalidDataException(), Options);
        first.Add(2);
        List<int> second = await cache.Cache.GetOrCreateAsync(Key, static ValueTask<List<int>> (_) => throw new InvalidDataException(), Options);

        Assert.That(second, Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public async Task A_caller_that_gives_up_is_not_held_by_it()
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life);
        using var caller = new CancellationTokenSource();
        var factory = new HeldOperation();
        Task<string> read = cache.ComputeAsync(Key, async () =>
        {
            await factory.PassAsync();
            return "late";
        }, cancellationToken: caller.Token);
        await factory.Reached;
        await caller.CancelAsync();

        Assert.That(async () => await read, Throws.InstanceOf<OperationCanceledException>());
        factory.Release();
    }

    [Test]
    public async Task Many_keys_are_answered_for_when_all_of_them_were_kept()
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life);

        IReadOnlyDictionary<string, string> values = await cache.Cache.GetOrCreateManyAsync<string>([Key], (_, _) => throw new InvalidDataException(), Options);

        Assert.That(values, Is.EqualTo(new Dictionary<string, string> { [Key] = "old" }));
        Assert.That(async () => await cache.Cache.GetOrCreateManyAsync<string>([Key + 2], (_, _) => throw new InvalidDataException(), Options),
            Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public async Task A_policy_and_the_defaults_of_the_cache_turn_it_on_too([Values] bool policy)
    {
        TestCache cache = await Cluster.AddAsync(o =>
        {
            o.DefaultExpiration = Life;
            if (policy)
                o.Policies.Add(new() { Pattern = "k*", FailSafeMaxDuration = TimeSpan.FromHours(1) });
            else
                o.DefaultFailSafeMaxDuration = TimeSpan.FromHours(1);
        });
        await cache.ComputeAsync(Key, () => Task.FromResult("old"));
        Cluster.Time.Advance(Life);

        Assert.That(await cache.ComputeAsync(Key, () => throw new InvalidDataException()), Is.EqualTo("old"));
    }

    [Test]
    public async Task A_factory_can_fail_without_an_exception()
    {
        TestCache cache = await FilledAsync();
        Cluster.Time.Advance(Life);

        string saved = await cache.Cache.GetOrCreateAsync(Key, _ => Fail(), Options);

        Assert.That(saved, Is.EqualTo("old"));
        Assert.That(async () => await cache.Cache.GetOrCreateAsync("other", _ => Fail(), Options),
            Throws.InstanceOf<FactoryFailedException>().With.Message.Contains("other").And.Message.Contains("the source is empty"));

        static ValueTask<string> Fail()
        {
            FactoryContext.Current!.Fail("the source is empty");
            return ValueTask.FromResult("ignored");
        }
    }

    private const string Key = "key";

    private Task<string> Failing() => throw new InvalidDataException("the source is down");

    private Task<CacheResult<string>> GetAsync(TestCache cache, Func<Task<string>> factory) => cache.Cache.GetOrCreateResultAsync(Key, factory, async (f, _) =>
    {
        Interlocked.Increment(ref _calls);
        return await f();
    }, Options, ["t"]).AsTask();

    private async Task<TestCache> FilledAsync()
    {
        _calls = 0;
        TestCache cache = await Cluster.AddAsync();
        await cache.Cache.GetOrCreateAsync(Key, _ => ValueTask.FromResult("old"), Options, ["t"]);
        await cache.SettleAsync();
        Cluster.Tick();
        return cache;
    }
}
