using HybridTiered.Configuration;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Chain;

/// <summary>What is written behind calls: in order, within bounds, visible to its own instance at once and to the others when it is there.</summary>
[TestFixture, Category("Unit")]
public sealed class WriteBehindTests
{
    private const string Key = "key";

    private static readonly Action<TierOptions> Behind = o => (o.WriteBehind, o.HardTimeout) = (true, null);

    private Cluster _cluster = null!;
    private TierScript _script = null!;

    [SetUp]
    public void Create()
    {
        _cluster = new Cluster();
        _script = new TierScript(_cluster.Shared);
    }

    [TearDown]
    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Test]
    public async Task A_set_does_not_wait_for_a_tier_that_is_written_behind()
    {
        TestCache cache = await _cluster.AddAsync(shared: Behind);
        HeldOperation write = _script.Hold(InMemoryTier.Write, Key);
        await cache.Hybrid.SetAsync(Key, "v");
        await write.Reached;
        (string?, int) during = await cache.FindAsync(Key);
        write.Release();
        await cache.SettleAsync();

        Assert.That((during, _cluster.Shared.Keys.Contains(Key)), Is.EqualTo((("v", 1), true)));
    }

    [Test]
    public async Task Until_it_is_written_this_instance_does_not_read_the_old_value_and_the_others_are_told_afterwards()
    {
        TestCache cache = await _cluster.AddAsync(shared: Behind);
        TestCache other = await _cluster.AddAsync();
        await other.Hybrid.SetAsync(Key, "old");
        await _cluster.SettleAsync();
        HeldOperation write = _script.Hold(InMemoryTier.Write, Key);
        await cache.Hybrid.SetAsync(Key, "new");
        await write.Reached;
        cache.Cache.Core.Chain.Memory.Remove(Key);
        (string?, int) here = await cache.FindAsync(Key);
        string computed = await cache.ComputeAsync(Key, () => Task.FromResult("computed"));
        await other.ReceiveAsync();
        (string?, int) there = await other.FindAsync(Key);
        write.Release();
        await _cluster.SettleAsync();

        Assert.That((here, computed, there), Is.EqualTo((((string?)null, 0), "computed", ("old", 1))));
        Assert.That((await cache.FindAsync(Key), await other.FindAsync(Key)), Is.EqualTo((("new", 2), ("new", 2))));
    }

    [Test]
    public async Task Sets_of_one_key_reach_the_tier_in_their_order()
    {
        TestCache cache = await _cluster.AddAsync(shared: Behind);
        HeldOperation first = _script.Hold(InMemoryTier.Write, Key);
        await cache.Hybrid.SetAsync(Key, 0);
        await first.Reached;
        Task[] later = [.. Enumerable.Range(1, 20).Select(i => cache.Hybrid.SetAsync(Key, i).AsTask())];
        first.Release();
        await Task.WhenAll(later);
        await cache.SettleAsync();
        TestCache other = await _cluster.AddAsync();

        Assert.That((await other.Cache.TryGetAsync<int>(Key)).Value, Is.EqualTo(20));
    }

    [Test]
    public async Task A_removal_waits_for_the_write_before_it()
    {
        TestCache cache = await _cluster.AddAsync(shared: Behind);
        HeldOperation write = _script.Hold(InMemoryTier.Write, Key);
        await cache.Hybrid.SetAsync(Key, "v");
        await write.Reached;
        Task removal = cache.Hybrid.RemoveAsync(Key).AsTask();
        bool early = removal.IsCompleted;
        write.Release();
        await removal;

        Assert.That((early, _cluster.Shared.Keys), Is.EqualTo((false, Array.Empty<string>())).Using<(bool, IReadOnlyList<string>)>(
            (x, y) => x.Item1 == y.Item1 && x.Item2.SequenceEqual(y.Item2)));
    }

    [Test]
    public async Task A_write_behind_that_fails_leaves_nothing_old_to_be_read()
    {
        TestCache cache = await _cluster.AddAsync(shared: Behind);
        await cache.Hybrid.SetAsync(Key, "old");
        await cache.SettleAsync();
        _script.Fail(InMemoryTier.Write);
        await cache.Hybrid.SetAsync(Key, "new");
        await cache.SettleAsync();
        cache.Cache.Core.Chain.Memory.Remove(Key);
        (string?, int) pending = await cache.FindAsync(Key);
        _script.Repair();
        _cluster.Time.Advance(TimeSpan.FromSeconds(1));
        await _cluster.SettleAsync();

        Assert.That((pending, _cluster.Shared.Keys.Count, cache.Statistics.Tiers[1].PendingInvalidations), Is.EqualTo((((string?)null, 0), 0, 0)));
    }

    [Test]
    public async Task Beyond_the_limit_a_set_waits_instead_of_being_lost()
    {
        TestCache cache = await _cluster.AddAsync(o => o.MaximumWritesBehind = 1, shared: Behind);
        HeldOperation first = _script.Hold(InMemoryTier.Write, "a");
        HeldOperation second = _script.Hold(InMemoryTier.Write, "b");
        await cache.Hybrid.SetAsync("a", "v");
        await first.Reached;
        Task set = cache.Hybrid.SetAsync("b", "v").AsTask();
        await second.Reached;
        bool early = set.IsCompleted;
        second.Release();
        await set;
        first.Release();
        await cache.SettleAsync();

        Assert.That((early, _cluster.Shared.Keys.Count), Is.EqualTo((false, 2)));
    }

    [Test]
    public async Task Beyond_the_limit_what_was_computed_is_kept_in_L1_alone_and_counted()
    {
        TestCache cache = await _cluster.AddAsync(o => o.MaximumWritesBehind = 1, shared: o => o.HardTimeout = null);
        HeldOperation write = _script.Hold(InMemoryTier.WriteIfUnchanged, "a");
        await cache.ComputeAsync("a", () => Task.FromResult("v"));
        await write.Reached;
        await cache.ComputeAsync("b", () => Task.FromResult("v"));
        write.Release();
        await cache.SettleAsync();

        Assert.That((await cache.FindAsync("b"), _cluster.Shared.Keys.Single(), cache.Statistics.WritesDropped), Is.EqualTo((("v", 1), "a", 1L)));
        Assert.That((cache.Statistics.Flights, cache.Statistics.Background), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task A_shutdown_waits_for_flights_and_writes_behind()
    {
        TestCache cache = await _cluster.AddAsync(shared: Behind);
        HeldOperation write = _script.Hold(InMemoryTier.Write, "a");
        var factory = new HeldOperation();
        Task<string> flight = cache.ComputeAsync("b", async () =>
        {
            await factory.PassAsync();
            return "v";
        });
        await factory.Reached;
        await cache.Hybrid.SetAsync("a", "v");
        await write.Reached;
        Task disposal = cache.Cache.DisposeAsync().AsTask();
        write.Release();
        factory.Release();
        string value = await flight;
        await disposal;

        Assert.That((value, _cluster.Shared.Keys), Is.EqualTo(("v", new[] { "a", "b" })).Using<(string, IReadOnlyList<string>)>(
            (x, y) => x.Item1 == y.Item1 && x.Item2.SequenceEqual(y.Item2)));
    }
}
