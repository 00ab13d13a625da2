using HybridTiered.Redis.Tests.Cache.Support;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary>One instance computes for all. The lock saves work; what it does not do is keep values right, so it may be lost.</summary>
[TestFixture]
[Category("Redis")]
public class ClusterFlightTests : RedisCacheFixture
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    [Test]
    public async Task Each_key_is_computed_once_in_the_whole_cluster()
    {
        const int Keys = 10;
        const int CallersPerKey = 32;
        CacheInstance[] instances = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartAsync(Together)));
        int[] computations = new int[Keys];

        string[] values = await Task.WhenAll(
            from caller in Enumerable.Range(0, CallersPerKey)
            from instance in instances
            from key in Enumerable.Range(0, Keys)
            select Task.Run(() => instance.GetAsync($"k{key}", async () =>
            {
                Interlocked.Increment(ref computations[key]);
                await Task.Yield();
                return $"value {key}";
            }).AsTask()));

        Assert.That(computations, Is.All.EqualTo(1));
        Assert.That(values, Has.Length.EqualTo(Keys * CallersPerKey * instances.Length));
        Assert.That(values.GroupBy(v => v).Select(g => g.Count()), Is.All.EqualTo(CallersPerKey * instances.Length));
        Assert.That(instances.Sum(i => i.Statistics.FactoryCalls), Is.EqualTo(Keys));
    }

    // Not even started by hand: the first calls there are.
    [Test]
    public async Task Each_key_is_computed_once_by_instances_that_have_only_just_been_made()
    {
        CacheInstance[] instances = [.. Enumerable.Range(0, 3).Select(_ => Create(Together))];
        int computations = 0;

        await Task.WhenAll(instances.Select(i => i.GetAsync("k", async () =>
        {
            Interlocked.Increment(ref computations);
            await Task.Yield();
            return "value";
        }).AsTask()));

        Assert.That(computations, Is.EqualTo(1));
    }

    [Test]
    public async Task Lock_that_a_crashed_holder_left_behind_delays_at_most_its_lifetime()
    {
        CacheInstance instance = await StartAsync(Together);
        await (await DirectAsync()).StringSetAsync(LockOf("k"), "somebody", Lifetime);

        long start = TimeProvider.System.GetTimestamp();
        Assert.That(await instance.GetAsync("k", "value"), Is.EqualTo("value"));

        Assert.That(TimeProvider.System.GetElapsedTime(start), Is.GreaterThan(Lifetime * 0.5).And.LessThan(Lifetime * 1.7));
        await instance.QuietAsync();
        Assert.That(await IsInRedisAsync("k"), Is.True);
    }

    [Test]
    public async Task Lock_that_is_held_longer_than_its_lifetime_keeps_nobody_waiting_for_ever()
    {
        CacheInstance instance = await StartAsync(Together);
        await (await DirectAsync()).StringSetAsync(LockOf("k"), "somebody", TimeSpan.FromMinutes(10));

        Assert.That(await instance.GetAsync("k", "value"), Is.EqualTo("value"));
    }

    [Test]
    public async Task Waiter_gets_what_the_holder_has_computed()
    {
        CacheInstance holder = await StartAsync(Together);
        CacheInstance waiter = await StartAsync(Together);
        var gate = new Gate();
        Task<string> first = holder.GetAsync("k", () => AfterAsync(gate, "computed")).AsTask();
        await gate.Reached;
        Task<string> second = waiter.GetAsync("k", () => throw new InvalidOperationException("computed twice")).AsTask();

        gate.Open();

        Assert.That(await first, Is.EqualTo("computed"));
        Assert.That(await second, Is.EqualTo("computed"));
    }

    [Test]
    public async Task Waiter_computes_when_the_holder_has_failed()
    {
        CacheInstance holder = await StartAsync(Together);
        CacheInstance waiter = await StartAsync(Together);
        var gate = new Gate();
        Task<string> first = holder.GetAsync("k", async () =>
        {
            await gate.PassAsync();
            throw new InvalidOperationException("no database");
        }).AsTask();
        await gate.Reached;
        Task<string> second = waiter.GetAsync("k", "value").AsTask();

        gate.Open();

        Assert.That(async () => await first, Throws.InvalidOperationException);
        Assert.That(await second, Is.EqualTo("value"));
    }

    [Test]
    public async Task Holder_that_lost_its_lock_does_not_overwrite_what_was_computed_after_it()
    {
        CacheInstance slow = await StartAsync(Together);
        CacheInstance quick = await StartAsync(Together);
        var gate = new Gate();
        Task<string> outdated = slow.GetAsync("k", () => AfterAsync(gate, "outdated")).AsTask();
        await gate.Reached;
        await (await DirectAsync()).KeyDeleteAsync(LockOf("k"));
        Assert.That(await quick.GetAsync("k", "current"), Is.EqualTo("current"));
        await quick.QuietAsync();

        gate.Open();
        await outdated;
        await slow.QuietAsync();

        Assert.That(slow.Statistics.Tiers[1].WritesRefused, Is.EqualTo(1));
        foreach (CacheInstance instance in (CacheInstance[])[slow, quick, await StartAsync()])
            Assert.That((await instance.FindAsync("k")).Value, Is.EqualTo("current"));
    }

    [Test]
    public async Task Without_its_server_each_instance_computes_for_itself()
    {
        CacheInstance instance = Keep(CacheInstance.Create("127.0.0.1:1", Prefix, Together));

        Assert.That(await instance.GetAsync("k", "value"), Is.EqualTo("value"));
        Assert.That((await instance.FindAsync("k")).Level, Is.EqualTo(1));
    }

    private static void Together(Configuration.TieredCacheOptions options)
    {
        options.DefaultClusterFlight = true;
        options.ClusterFlightLifetime = Lifetime;
    }

    private static async Task<string> AfterAsync(Gate gate, string value)
    {
        await gate.PassAsync();
        return value;
    }

    private RedisKey LockOf(string key) => $"{Prefix}__HT_LOCK__{key}";
}
