using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Invalidation;

/// <summary>What L1 serves while the backplane is away, and a backplane that does not answer.</summary>
[TestFixture, Category("Unit")]
public sealed class OutageTests
{
    private const string Key = "key";

    private static readonly TimeSpan MaximumAge = TimeSpan.FromSeconds(30);

    [Test]
    public async Task L1_serves_everything_by_default()
    {
        await using var cluster = new Cluster();
        (TestCache cache, InProcessConnection connection) = await AddAsync(cluster, OutageMode.ServeL1);
        await cache.Hybrid.SetAsync(Key, "v");
        connection.Disconnect();
        cluster.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.That(await cache.FindAsync(Key), Is.EqualTo(("v", 1)));
    }

    [Test]
    public async Task L1_serves_what_is_recent_enough_and_the_rest_comes_from_below()
    {
        await using var cluster = new Cluster();
        (TestCache cache, InProcessConnection connection) = await AddAsync(cluster, OutageMode.ServeRecentL1);
        await cache.Hybrid.SetAsync(Key, "v");
        Assert.That(await cache.FindAsync(Key), Is.EqualTo(("v", 1)), "on the fast path");
        connection.Disconnect();
        cluster.Time.Advance(MaximumAge);
        (string?, int) atTheLimit = await cache.FindAsync(Key);
        cluster.Time.Advance(TimeSpan.FromMilliseconds(1));
        (string?, int) beyond = await cache.FindAsync(Key);

        Assert.That((atTheLimit, beyond), Is.EqualTo((("v", 1), ("v", 2))));
    }

    [Test]
    public async Task L1_is_left_out_until_everything_missed_has_been_applied([Values] bool raw)
    {
        await using var cluster = new Cluster();
        (TestCache cache, InProcessConnection connection) = await AddAsync(cluster, OutageMode.BypassL1);
        await SetAsync(cache, raw);
        await ReadAsync(cache, raw);
        connection.Disconnect();
        var script = new TierScript(cluster.Shared);
        int Reads() => script.Log.Count(o => o == (InMemoryTier.Read, Key));
        bool[] during = [await ReadAsync(cache, raw), await ReadAsync(cache, raw)];
        int reads = Reads();
        connection.Reconnect();
        await cache.ReceiveAsync();
        await cache.SettleAsync();
        await ReadAsync(cache, raw);
        int before = Reads();
        bool after = await ReadAsync(cache, raw);

        Assert.That((during.All(found => found), reads, after, Reads() - before), Is.EqualTo((true, 2, true, 0)));
    }

    [Test]
    public async Task What_is_stored_during_the_outage_is_left_out_too()
    {
        await using var cluster = new Cluster();
        (TestCache cache, InProcessConnection connection) = await AddAsync(cluster, OutageMode.BypassL1);
        connection.Disconnect();
        await cache.ComputeAsync(Key, () => Task.FromResult("v"));
        await cache.SettleAsync();

        Assert.That(await cache.FindAsync(Key), Is.EqualTo(("v", 2)));
    }

    [Test]
    public async Task Before_the_first_connection_it_is_an_outage()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        HeldOperation subscription = backplane.Hold(ScriptedBackplane.Subscribe);
        TestCache cache = cluster.Add(o => o.WhileDisconnected = OutageMode.BypassL1, backplane: backplane);
        Task<string> computed = cache.ComputeAsync(Key, () => Task.FromResult("v"));
        await subscription.Reached;
        cluster.Time.Advance(TimeSpan.FromMilliseconds(250));
        await computed;
        Task write = cache.Cache.Core.Chain.Background.WhenIdleAsync();
        await write;
        (string?, int) during = await cache.FindAsync(Key);
        subscription.Release();
        await cache.SettleAsync();
        await cache.FindAsync(Key);

        Assert.That((during, await cache.FindAsync(Key)), Is.EqualTo((("v", 2), ("v", 1))));
    }

    [Test]
    public async Task An_expired_value_is_not_served_either_when_L1_is_left_out()
    {
        await using var cluster = new Cluster();
        (TestCache cache, InProcessConnection connection) = await AddAsync(cluster, OutageMode.BypassL1);
        var options = new TieredEntryOptions { Expiration = TimeSpan.FromMinutes(1), FailSafeMaxDuration = TimeSpan.FromHours(1) };
        await cache.Cache.SetAsync(Key, "v", options);
        await cluster.Shared.RemoveAsync(Key, default);
        connection.Disconnect();
        cluster.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.That(async () => await cache.Cache.GetOrCreateAsync(Key, static ValueTask<string> (_) => throw new InvalidDataException(), options),
            Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public async Task A_backplane_that_hangs_costs_one_call_its_timeout_and_loses_nothing()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache cache = await cluster.AddAsync(o => o.BackplaneTimeout = TimeSpan.FromSeconds(0.5), backplane: backplane);
        TestCache other = await cluster.AddAsync();
        await other.Hybrid.SetAsync("a", "old");
        await other.Hybrid.SetAsync("b", "old");
        await cluster.SettleAsync();
        HeldOperation publish = backplane.Hold(ScriptedBackplane.Publish);
        Task first = cache.Hybrid.RemoveAsync("a").AsTask();
        await publish.Reached;
        cluster.Time.Advance(TimeSpan.FromSeconds(0.5));
        Assert.That(async () => await first, Throws.Exception);
        Task second = cache.Hybrid.RemoveAsync("b").AsTask();
        Assert.That(async () => await second.WaitAsync(TimeSpan.FromSeconds(30)), Throws.Exception, "at once");
        int attempts = backplane.Published.Count;
        publish.Release();
        cluster.Time.Advance(TimeSpan.FromSeconds(2));
        await cluster.SettleAsync();

        Assert.That((attempts, cache.Statistics.Invalidations.Unsent), Is.EqualTo((1, 0)));
        Assert.That((await other.FindAsync("a"), await other.FindAsync("b")), Is.EqualTo((((string?)null, 0), ((string?)null, 0))));
    }

    private static async Task<(TestCache Cache, InProcessConnection Connection)> AddAsync(Cluster cluster, OutageMode mode)
    {
        InProcessConnection connection = cluster.Hub.Connect();
        TestCache cache = await cluster.AddAsync(o => (o.WhileDisconnected, o.DisconnectedMaxAge) = (mode, MaximumAge), backplane: connection);
        return (cache, connection);
    }

    private static Task SetAsync(TestCache cache, bool raw) =>
        raw ? cache.Distributed.SetAsync(Key, [1], new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) }) : cache.Hybrid.SetAsync(Key, "v").AsTask();

    private static async Task<bool> ReadAsync(TestCache cache, bool raw) =>
        raw ? await cache.Distributed.GetAsync(Key) is [1] : await cache.FindAsync(Key) is ("v", _);
}
