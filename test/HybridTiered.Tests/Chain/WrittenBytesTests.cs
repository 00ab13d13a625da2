using System.Runtime.InteropServices;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Chain;

/// <summary>Whose the bytes of a write are: the tier's until its write has ended well, and for good if it did not.</summary>
[TestFixture, Category("Unit")]
public sealed class WrittenBytesTests
{
    private const string Key = "k";

    private static readonly TimeSpan Hard = TimeSpan.FromSeconds(1);
    private static readonly string Value = string.Join(' ', Enumerable.Range(0, 2_000));

    [Test]
    public async Task Bytes_of_a_write_that_was_given_up_stay_as_they_were([Values] bool set, [Values] bool compressed)
    {
        var tier = new LookingTier();
        await using var cluster = new Cluster(_ => tier);
        TestCache cache = await cluster.AddAsync(o => o.CompressAbove = compressed ? 1000 : null, shared: o => o.HardTimeout = Hard);
        Watch(cache);
        var write = new HeldOperation();
        tier.During = _ => new ValueTask(write.PassAsync());
        Task stored = StoreAsync(cache, set);
        await write.Reached;
        while (!stored.IsCompleted)
        {
            cluster.Time.Advance(Hard / 8);
            await Task.Yield();
        }
        await stored;

        Assert.That(tier.Writes[0].Data.ToArray(), Is.EqualTo(tier.Writes[0].Copy));
        write.Release();
    }

    [Test]
    public async Task Bytes_of_a_write_that_failed_stay_as_they_were([Values] bool set)
    {
        var tier = new LookingTier { During = _ => throw new IOException("The connection was lost, with the command still in its queue.") };
        await using var cluster = new Cluster(_ => tier);
        TestCache cache = await cluster.AddAsync();
        Watch(cache);
        await StoreAsync(cache, set);

        Assert.That(tier.Writes[0].Data.ToArray(), Is.EqualTo(tier.Writes[0].Copy));
    }

    [Test]
    public async Task Bytes_stay_as_they_were_although_the_write_of_another_tier_ended_well([Values] bool set, [Values] bool upperFails)
    {
        var upper = new LookingTier();
        var lower = new LookingTier();
        LookingTier failing = upperFails ? upper : lower;
        failing.During = _ => throw new IOException("lost");
        await using var cluster = new Cluster(_ => upper, _ => lower);
        TestCache cache = await cluster.AddAsync();
        Watch(cache);
        await StoreAsync(cache, set);

        Assert.That((upper.Writes.Count, lower.Writes.Count), Is.EqualTo((1, 1)));
        Assert.That(failing.Writes[0].Data.ToArray(), Is.EqualTo(failing.Writes[0].Copy));
    }

    [Test]
    public async Task Bytes_stay_as_they_are_while_a_write_behind_a_set_goes_on_and_then_go_back()
    {
        var tier = new LookingTier();
        await using var cluster = new Cluster(_ => tier);
        TestCache cache = await cluster.AddAsync(shared: o => o.WriteBehind = true);
        WatchedPool pool = Watch(cache);
        var write = new HeldOperation();
        tier.During = _ => new ValueTask(write.PassAsync());
        await cache.Hybrid.SetAsync(Key, Value);
        await write.Reached;
        bool unchanged = tier.Writes[0].Data.Span.SequenceEqual(tier.Writes[0].Copy);
        write.Release();
        await cache.SettleAsync();

        Assert.That(unchanged, Is.True);
        Assert.That(pool.Returned, Is.EqualTo(pool.Rented));
    }

    [Test]
    public async Task Bytes_of_a_write_that_ended_well_go_back([Values] bool set, [Values] bool compressed, [Values] bool pushed)
    {
        var tier = new LookingTier();
        await using var cluster = new Cluster(_ => tier);
        TestCache cache = await cluster.AddAsync(o => (o.CompressAbove, o.DefaultBroadcast) = (compressed ? 1000 : null, pushed ? BroadcastMode.Update : BroadcastMode.Remove));
        WatchedPool pool = Watch(cache);
        await StoreAsync(cache, set);

        Assert.That(tier.Writes, Has.Count.EqualTo(1));
        Assert.That(pool.Returned, Is.Positive.And.EqualTo(pool.Rented));
    }

    [Test]
    public async Task An_entry_is_made_of_the_bytes_where_they_were_serialised([Values] bool set)
    {
        var tier = new LookingTier();
        await using var cluster = new Cluster(_ => tier);
        TestCache cache = await cluster.AddAsync();
        await StoreAsync(cache, set, "first");
        await StoreAsync(cache, set, "second");
        WatchedPool pool = Watch(cache);
        await StoreAsync(cache, set, "third");

        // One buffer: neither one for the entry nor, as the length was to be expected, larger ones as it grew.
        Assert.That(pool.Rented, Is.EqualTo(1));
        Assert.That(MemoryMarshal.TryGetArray(tier.Writes[2].Data, out ArraySegment<byte> entry) && entry.Array!.Length < Value.Length + 500, Is.True);
    }

    private static WatchedPool Watch(TestCache cache)
    {
        var pool = new WatchedPool();
        cache.Cache.Core.Chain.Buffers = pool;
        return pool;
    }

    private static async Task StoreAsync(TestCache cache, bool set, string key = Key)
    {
        if (set)
            await cache.Hybrid.SetAsync(key, Value);
        else
            await cache.ComputeAsync(key, () => Task.FromResult(Value));
        await cache.SettleAsync();
    }
}
