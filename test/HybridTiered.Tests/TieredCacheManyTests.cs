using System.Collections.Concurrent;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCacheManyTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly ConcurrentQueue<string[]> _asked = new();

    [SetUp]
    public void Forget() => _asked.Clear();

    [Test]
    public async Task Many_keys_are_found_in_whatever_tier_they_are_with_one_read_per_tier()
    {
        var upper = new InMemoryTier(_time);
        var lower = new InMemoryTier(_time);
        await using TestCache onlyLower = TestCache.Create(_time, null, lower);
        await onlyLower.Hybrid.SetAsync("in L3", "3");
        await using TestCache both = TestCache.Create(_time, null, upper, lower);
        await both.Hybrid.SetAsync("in L2", "2");
        await using TestCache cache = TestCache.Create(_time, null, upper, lower);
        await cache.Hybrid.SetAsync("in L1", "1");

        IReadOnlyDictionary<string, string> found = await cache.Cache.GetManyAsync<string>(["in L1", "in L2", "in L3", "nowhere", "in L1"]);

        Assert.That(found, Is.EquivalentTo(new Dictionary<string, string> { ["in L1"] = "1", ["in L2"] = "2", ["in L3"] = "3" }));
        Assert.That((upper.Count(InMemoryTier.ReadMany), lower.Count(InMemoryTier.ReadMany)), Is.EqualTo((1, 1)));
        await cache.SettleAsync();
        Assert.That((await cache.Cache.TryGetAsync<string>("in L3")).Level, Is.EqualTo(1), "promoted");
        Assert.That(upper.Keys, Does.Contain("in L3"), "promoted");
    }

    [Test]
    public async Task All_missing_keys_are_computed_by_one_call_and_stored()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("a", "cached");

        IReadOnlyDictionary<string, string> found = await cache.Cache.GetOrCreateManyAsync(["a", "b", "c", "unknown", "b"], ComputeAsync, tags: ["t"]);
        await cache.SettleAsync();

        Assert.That(_asked.Single(), Is.EqualTo(new[] { "b", "c", "unknown" }));
        Assert.That(found, Is.EquivalentTo(new Dictionary<string, string> { ["a"] = "cached", ["b"] = "B", ["c"] = "C" }));
        Assert.That(tier.Keys, Is.EqualTo(new[] { "a", "b", "c" }));
        await cache.Hybrid.RemoveByTagAsync("t");
        Assert.That((await cache.Cache.GetManyAsync<string>(["a", "b", "c"])).Keys, Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public async Task Each_of_many_keys_has_its_own_policy()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(
            _time,
            builder => builder.AddTier("test", _ => tier)
                .Configure(o => o.Policies.Add(new() { Pattern = "local:*", Flags = HybridCacheEntryFlags.DisableDistributedCache })));

        await cache.Cache.GetOrCreateManyAsync(["local:a", "b"], ComputeAsync);
        await cache.SettleAsync();

        Assert.That(tier.Keys, Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public async Task Options_hold_for_each_of_many_keys()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);

        await cache.Cache.GetOrCreateManyAsync(["a", "b"], ComputeAsync, CacheStrategy.RealTime);
        await cache.SettleAsync();

        Assert.That(new[] { "a", "b" }.Select(k => tier.Peek(k)?.Absolute), Is.All.EqualTo(TimeSpan.FromSeconds(10)).Within(TimeSpan.FromMilliseconds(1)));
    }

    [Test]
    public async Task A_key_that_somebody_else_is_computing_is_waited_for_and_not_computed()
    {
        await using TestCache cache = TestCache.Create(_time);
        var source = new Source<string>("by another");
        source.Hold();
        Task<string> single = cache.Hybrid.GetOrCreateAsync("a", source.ComputeAsync).AsTask();

        Task<IReadOnlyDictionary<string, string>> many = cache.Cache.GetOrCreateManyAsync(["a", "b"], ComputeAsync).AsTask();
        source.Release();

        Assert.That(await many, Is.EquivalentTo(new Dictionary<string, string> { ["a"] = "by another", ["b"] = "B" }));
        Assert.That((await single, _asked.Single()), Is.EqualTo(("by another", new[] { "b" })));
    }

    [Test]
    public async Task Two_calls_for_the_same_keys_in_another_order_share_and_do_not_wait_for_each_other()
    {
        await using TestCache cache = TestCache.Create(_time);
        var gate = new TaskCompletionSource();
        async ValueTask<IReadOnlyDictionary<string, string>> Compute(IReadOnlyList<string> keys, CancellationToken token)
        {
            await gate.Task;
            return await ComputeAsync(keys, token);
        }

        Task<IReadOnlyDictionary<string, string>> one = cache.Cache.GetOrCreateManyAsync(["a", "b"], Compute).AsTask();
        Task<IReadOnlyDictionary<string, string>> other = cache.Cache.GetOrCreateManyAsync(["c", "b", "a"], Compute).AsTask();
        gate.SetResult();

        Assert.That(((await one).Count, (await other).Count), Is.EqualTo((2, 3)));
        Assert.That(_asked, Is.EquivalentTo(new[] { new[] { "a", "b" }, ["c"] }));
    }

    [Test]
    public async Task A_factory_that_fails_fails_the_call_and_those_who_share_its_keys()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        var gate = new TaskCompletionSource();
        async ValueTask<IReadOnlyDictionary<string, string>> Fail(IReadOnlyList<string> keys, CancellationToken token)
        {
            await gate.Task;
            throw new TimeoutException("the database");
        }
        Task many = cache.Cache.GetOrCreateManyAsync(["a", "b"], Fail).AsTask();
        Task single = cache.Hybrid.GetOrCreateAsync("b", new Source<string>("v").ComputeAsync).AsTask();

        gate.SetResult();

        Assert.That(async () => await many, Throws.InstanceOf<TimeoutException>());
        Assert.That(async () => await single, Throws.InstanceOf<TimeoutException>());
        Assert.That(cache.Statistics.Flights, Is.Zero);
    }

    [Test]
    public async Task No_keys_are_no_work()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));

        Assert.That(await cache.Cache.GetOrCreateManyAsync([], ComputeAsync), Is.Empty);
        Assert.That(await cache.Cache.GetManyAsync<string>(null!), Is.Empty);
        await cache.Hybrid.RemoveAsync([]);
        await cache.Hybrid.RemoveAsync((IEnumerable<string>)null!);
        Assert.That((_asked.Count, cache.Statistics.Requests), Is.EqualTo((0, 0L)));
    }

    [TestCase("")]
    [TestCase("a\u0000")]
    [TestCase(null)]
    public async Task A_key_that_cannot_be_cached_makes_a_call_for_many_fail(string? key)
    {
        await using TestCache cache = TestCache.Create(_time);

        Assert.That(async () => await cache.Cache.GetManyAsync<string>(["a", key!]), Throws.InstanceOf<ArgumentException>());
        Assert.That(async () => await cache.Cache.GetOrCreateManyAsync(["a", key!], ComputeAsync), Throws.InstanceOf<ArgumentException>());
        Assert.That(_asked, Is.Empty);
    }

    [Test]
    public async Task Many_keys_are_removed_at_once()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        foreach (string key in new[] { "a", "b", "c" })
            await cache.Hybrid.SetAsync(key, "v");

        await cache.Hybrid.RemoveAsync(["a", "b", "a"]);

        Assert.That((tier.Keys.Single(), tier.Count(InMemoryTier.RemoveMany)), Is.EqualTo(("c", 1)));
        Assert.That((await cache.Cache.GetManyAsync<string>(["a", "b", "c"])).Keys, Is.EqualTo(new[] { "c" }));
    }

    private ValueTask<IReadOnlyDictionary<string, string>> ComputeAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        _asked.Enqueue([.. keys]);
        return new(keys.Where(k => k != "unknown").ToDictionary(k => k, k => k.ToUpperInvariant()));
    }
}
