using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Distributed;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCacheTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task A_value_computed_on_one_instance_is_found_by_another_in_the_shared_tier()
    {
        var shared = new InMemoryTier(_time);
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, hub, shared);
        await using TestCache b = TestCache.Create(_time, hub, shared);

        string computed = await a.Hybrid.GetOrCreateAsync("k", _ => new ValueTask<string>("v"), tags: ["t"]);
        await a.SettleAsync();
        CacheResult<string> found = await b.Cache.TryGetAsync<string>("k");

        Assert.That((computed, found), Is.EqualTo(("v", new CacheResult<string>(true, "v", 2))));
    }

    [Test]
    public async Task Removing_a_key_a_tag_or_everything_on_one_instance_empties_the_other()
    {
        var shared = new InMemoryTier(_time);
        var hub = new InProcessBackplane(_time);
        await using TestCache a = TestCache.Create(_time, hub, shared);
        await using TestCache b = TestCache.Create(_time, hub, shared);
        foreach (Func<Task> invalidate in new Func<Task>[]
        {
            () => a.Hybrid.RemoveAsync("k").AsTask(),
            () => a.Hybrid.RemoveByTagAsync("t").AsTask(),
            () => a.Hybrid.RemoveByTagAsync("*").AsTask(),
            () => a.Cache.RemoveByPatternAsync("k*").AsTask(),
            () => a.Cache.ClearAsync().AsTask(),
        })
        {
            await a.SettleAsync();
            await b.SettleAsync();
            await b.Hybrid.GetOrCreateAsync("k", _ => new ValueTask<string>("v"), tags: ["t"]);
            await b.SettleAsync();
            Assert.That((await b.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));

            await invalidate();
            await b.SettleAsync();

            Assert.That((await b.Cache.TryGetAsync<string>("k")).Found, Is.False);
            Assert.That((await a.Cache.TryGetAsync<string>("k")).Found, Is.False);
        }
    }

    [Test]
    public async Task The_distributed_face_keeps_bytes_as_they_are()
    {
        var shared = new InMemoryTier(_time);
        await using TestCache a = TestCache.Create(_time, null, shared);
        await using TestCache b = TestCache.Create(_time, null, shared);

        await a.Distributed.SetAsync("k", [1, 2, 3], new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(10) });

        Assert.That(await b.Distributed.GetAsync("k"), Is.EqualTo(new byte[] { 1, 2, 3 }));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.That(await b.Distributed.GetAsync("k"), Is.Not.Null);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.That(await b.Distributed.GetAsync("k"), Is.Not.Null);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.That(await b.Distributed.GetAsync("k"), Is.Null);
    }

    [Test]
    public async Task Ten_thousand_callers_of_a_missing_key_make_one_factory_call()
    {
        await using TestCache a = TestCache.Create(TimeProvider.System, null, new InMemoryTier(TimeProvider.System));
        var gate = new TaskCompletionSource();
        int calls = 0;

        Task<string>[] callers = [.. Enumerable.Range(0, 10_000).Select(_ => a.Hybrid.GetOrCreateAsync("k", async token =>
        {
            Interlocked.Increment(ref calls);
            await gate.Task;
            return "v";
        }).AsTask())];
        gate.SetResult();
        string[] values = await Task.WhenAll(callers);

        Assert.That((calls, values.Distinct().Single()), Is.EqualTo((1, "v")));
    }
}
