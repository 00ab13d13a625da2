using HybridTiered.Chain;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Tests;

[TestFixture, Category("Fault")]
public sealed class TieredCacheFaultTests
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task A_read_fault_is_a_miss_and_is_counted_as_a_fault()
    {
        var tier = new InMemoryTier(_time) { Before = FailOn(InMemoryTier.Read, InMemoryTier.ReadMany, InMemoryTier.ReadVersion) };
        await using TestCache cache = TestCache.Create(_time, null, tier);

        Assert.That(await cache.Hybrid.GetOrCreateAsync("k", new Source<string>("v").ComputeAsync), Is.EqualTo("v"));
        Assert.That((await cache.Cache.TryGetAsync<string>("other")).Found, Is.False);
        Assert.That(await cache.Cache.GetManyAsync<string>(["x", "y"]), Is.Empty);
        Assert.That(await cache.Distributed.GetAsync("raw"), Is.Null);

        Assert.That(cache.Statistics.Tiers[1].ReadFaults, Is.GreaterThanOrEqualTo(4));
        Assert.That(cache.Statistics.Tiers[1].Misses, Is.Zero);
        Assert.That(cache.Log.Messages.Count(m => m.Id.Id == 10 && m.Level == LogLevel.Warning), Is.EqualTo(1));
    }

    [Test]
    public async Task A_write_fault_behind_a_computation_is_logged_and_the_value_stays_in_L1()
    {
        var tier = new InMemoryTier(_time) { Before = FailOn(InMemoryTier.WriteIfUnchanged) };
        await using TestCache cache = TestCache.Create(_time, null, tier);

        Assert.That(await cache.Hybrid.GetOrCreateAsync("k", new Source<string>("v").ComputeAsync), Is.EqualTo("v"));
        await cache.SettleAsync();

        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));
        Assert.That(cache.Statistics.Tiers[1].WriteFaults, Is.EqualTo(1));
        Assert.That(cache.Log.Messages.Count(m => m.Id.Id == 10), Is.EqualTo(1));
    }

    [Test]
    public async Task A_write_fault_of_a_set_keeps_the_tier_from_serving_the_old_value()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("k", "old");
        tier.Before = FailOn(InMemoryTier.Write);

        await cache.Hybrid.SetAsync("k", "new", CacheStrategy.RealTime);
        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("new"));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Found, Is.False, "the tier still has the old value");
        await RetryAsync(cache);

        Assert.That(tier.Keys, Is.Empty);
    }

    [Test]
    public async Task A_set_that_no_tier_has_taken_fails()
    {
        var tier = new InMemoryTier(_time) { Before = FailOn(InMemoryTier.Write) };
        await using TestCache cache = TestCache.Create(_time, null, tier);

        Assert.That(
            async () => await cache.Hybrid.SetAsync("k", "v", new() { Flags = Microsoft.Extensions.Caching.Hybrid.HybridCacheEntryFlags.DisableLocalCacheWrite }),
            Throws.InvalidOperationException);
    }

    private static IEnumerable<TestCaseData> Removals()
    {
        yield return Of("key", cache => cache.Hybrid.RemoveAsync("k"));
        yield return Of("keys", cache => cache.Hybrid.RemoveAsync(["k", "other"]));
        yield return Of("distributed face", cache => new ValueTask(cache.Distributed.RemoveAsync("k")));
    }

    [TestCaseSource(nameof(Removals))]
    public async Task A_removal_fault_reaches_the_caller_and_the_key_is_not_read_until_it_was_removed(Func<TestCache, ValueTask> remove)
    {
        var tier = new InMemoryTier(_time);
        var below = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier, below);
        await cache.Hybrid.SetAsync("k", "old");
        tier.Before = FailOn(InMemoryTier.Remove, InMemoryTier.RemoveMany);

        Assert.That(
            async () => await remove(cache),
            Throws.InstanceOf<InvalidationIncompleteException>().With.InnerException.InstanceOf<IOException>().And.Message.Contains("tier0"));
        Assert.That(below.Keys, Is.Empty, "a tier that fails keeps no other from being cleaned");
        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Found, Is.False);
        Assert.That(await cache.Cache.GetManyAsync<string>(["k"]), Is.Empty);
        await RetryAsync(cache);
        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Found, Is.False, "the retry has failed too");
        Assert.That(cache.Statistics.Tiers[1].PendingInvalidations, Is.GreaterThanOrEqualTo(1));

        tier.Before = null;
        await RetryAsync(cache);

        Assert.That((tier.Keys.Count, cache.Statistics.Tiers[1].PendingInvalidations), Is.EqualTo((0, 0)));
        await cache.Hybrid.SetAsync("k", "new");
        await using TestCache other = TestCache.Create(_time, null, tier);
        Assert.That((await other.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("new"));
        Assert.That(cache.Log.Messages.Select(m => m.Id.Id), Does.Contain(11).And.Contain(12));
    }

    [Test]
    public async Task A_pending_removal_is_retried_by_the_timer_without_anybody_asking()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("k", "old");
        var removed = new TaskCompletionSource();
        tier.Before = FailOn(InMemoryTier.Remove);
        Assert.That(async () => await cache.Hybrid.RemoveAsync("k"), Throws.InstanceOf<InvalidationIncompleteException>());
        await RetryAsync(cache);
        tier.Before = (operation, _) =>
        {
            if (operation == InMemoryTier.Remove)
                removed.SetResult();
            return default;
        };

        _time.Advance(RetryInterval);

        await removed.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Test]
    public async Task A_value_set_meanwhile_is_not_removed_by_the_retry()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("k", "old");
        tier.Before = FailOn(InMemoryTier.Remove);
        Assert.That(async () => await cache.Hybrid.RemoveAsync("k"), Throws.InstanceOf<InvalidationIncompleteException>());
        tier.Before = null;

        await cache.Hybrid.SetAsync("k", "new");
        await RetryAsync(cache);

        Assert.That(tier.Keys, Is.EqualTo(new[] { "k" }));
    }

    [Test]
    public async Task A_value_set_while_a_retry_is_on_its_way_is_not_removed_by_it()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        tier.Before = FailOn(InMemoryTier.Remove);
        foreach (string key in new[] { "first", "second" })
            Assert.That(async () => await cache.Hybrid.RemoveAsync(key), Throws.InstanceOf<InvalidationIncompleteException>());
        var held = new HeldOperation(tier, InMemoryTier.Remove, "first");

        Task retrying = RetryAsync(cache);
        await held.Reached;
        await cache.Hybrid.SetAsync("second", "new");
        held.Release();
        await retrying;

        Assert.That(tier.Keys, Is.EqualTo(new[] { "second" }));
    }

    [TestCase("t")]
    [TestCase("*")]
    public async Task A_tag_time_that_cannot_be_stored_reaches_the_caller_holds_here_and_is_stored_later(string tag)
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("k", "v", tags: ["t"]);
        tier.Before = FailOn(InMemoryTier.Write);

        Assert.That(async () => await cache.Hybrid.RemoveByTagAsync(tag), Throws.InstanceOf<InvalidationIncompleteException>());
        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Found, Is.False);
        tier.Before = null;
        await RetryAsync(cache);

        Assert.That(tier.Keys, Does.Contain("__MSFT_HCT__" + tag));
        await using TestCache other = TestCache.Create(_time, null, tier);
        Assert.That((await other.Cache.TryGetAsync<string>("k")).Found, Is.False);
    }

    [Test]
    public async Task An_invalidation_that_cannot_be_published_reaches_the_caller_and_is_sent_later()
    {
        var tier = new InMemoryTier(_time);
        var hub = new InProcessBackplane(_time);
        InProcessConnection connection = hub.Connect();
        await using TestCache a = TestCache.Create(_time, b => b.AddTier("shared", _ => tier).UseBackplane(_ => connection));
        await using TestCache b = TestCache.Create(_time, hub, tier);
        await a.SettleAsync();
        await b.SettleAsync();
        await a.Hybrid.SetAsync("k", "v");
        await b.SettleAsync();
        await b.Cache.TryGetAsync<string>("k");
        connection.Disconnect();

        Assert.That(
            async () => await a.Hybrid.RemoveAsync("k"), Throws.InstanceOf<InvalidationIncompleteException>().With.Message.Contains("the backplane"));
        Assert.That((tier.Keys.Count, (await b.Cache.TryGetAsync<string>("k")).Found), Is.EqualTo((0, true)));
        connection.Reconnect();
        await RetryAsync(a);
        await b.SettleAsync();

        Assert.That((await b.Cache.TryGetAsync<string>("k")).Found, Is.False);
        Assert.That(a.Statistics.Invalidations.PublishFaults, Is.EqualTo(1));
    }

    [Test]
    public async Task A_set_does_not_fail_because_the_backplane_does()
    {
        var hub = new InProcessBackplane(_time);
        InProcessConnection connection = hub.Connect();
        await using TestCache cache = TestCache.Create(_time, b => b.UseBackplane(_ => connection));
        await cache.SettleAsync();
        connection.Disconnect();

        await cache.Hybrid.SetAsync("k", "v");

        Assert.That(cache.Statistics.Invalidations.Unsent, Is.EqualTo(1));
    }

    [Test]
    public async Task A_tier_that_fails_leaves_those_below_it_in_service()
    {
        var upper = new InMemoryTier(_time);
        var lower = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, upper, lower);
        await writer.Hybrid.SetAsync("k", "v");
        upper.Before = (_, _) => throw new IOException("broken");
        await using TestCache reader = TestCache.Create(_time, null, upper, lower);

        Assert.That(await reader.Cache.TryGetAsync<string>("k"), Is.EqualTo(new CacheResult<string>(true, "v", 3)));
    }

    [Test]
    public async Task The_end_of_the_cache_waits_for_writes_behind_and_closes_the_tiers()
    {
        var tier = new InMemoryTier(_time);
        TestCache cache = TestCache.Create(_time, null, tier);
        var held = new HeldOperation(tier, InMemoryTier.WriteIfUnchanged, "k");
        await cache.Hybrid.GetOrCreateAsync("k", new Source<string>("v").ComputeAsync);
        await held.Reached;

        Task end = cache.DisposeAsync().AsTask();
        Assert.That((end.IsCompleted, tier.Disposals), Is.EqualTo((false, 0)));
        held.Release();
        await end;

        Assert.That((tier.Keys.Single(), tier.Disposals), Is.EqualTo(("k", 1)));
    }

    private static Func<string, string, ValueTask> FailOn(params string[] operations) =>
        (operation, _) => operations.Contains(operation) ? throw new IOException("broken") : default;

    private static Task RetryAsync(TestCache cache) => cache.Cache.Core.Coordinator.WhenSettledAsync();

    private static TestCaseData Of(string name, Func<TestCache, ValueTask> remove) => new TestCaseData(remove).SetArgDisplayNames(name);
}
