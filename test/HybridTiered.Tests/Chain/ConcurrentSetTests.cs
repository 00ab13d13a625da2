using HybridTiered.Entries;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Chain;

/// <summary>Values set by several instances at once, and messages about them in every order: every L1 ends coherent with the shared tier.</summary>
[TestFixture, Category("Unit")]
public sealed class ConcurrentSetTests
{
    private static readonly TieredEntryOptions Push = new() { Broadcast = BroadcastMode.Update };

    [Test]
    public async Task Two_instances_that_set_a_key_end_with_the_value_of_the_shared_tier_whatever_order_their_messages_have([Values] bool push)
    {
        await using var cluster = new Cluster();
        var slow = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache a = await cluster.AddAsync(backplane: slow);
        TestCache b = await cluster.AddAsync();
        TestCache c = await cluster.AddAsync();
        HeldOperation message = slow.Hold(ScriptedBackplane.Publish);
        Task first = a.Hybrid.SetAsync("k", "first", push ? Push : null).AsTask();
        await message.Reached;

        await b.Hybrid.SetAsync("k", "second", push ? Push : null);
        await cluster.SettleAsync();
        message.Release();
        await first;
        await cluster.SettleAsync();

        Assert.That((await b.FindAsync("k"), (await a.FindAsync("k")).Value, (await c.FindAsync("k")).Value), Is.EqualTo((("second", 1), "second", "second")));
    }

    [Test]
    public async Task A_message_about_an_older_set_leaves_a_newer_value_in_L1()
    {
        await using var cluster = new Cluster();
        var slow = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache a = await cluster.AddAsync(backplane: slow);
        TestCache b = await cluster.AddAsync();
        HeldOperation message = slow.Hold(ScriptedBackplane.Publish);
        Task older = a.Hybrid.SetAsync("k", "older").AsTask();
        await message.Reached;
        await b.Hybrid.SetAsync("k", "newer");

        message.Release();
        await older;
        await b.SettleAsync();

        Assert.That((await b.FindAsync("k"), b.Statistics.Tiers[0].Removals), Is.EqualTo((("newer", 1), 0)));
    }

    [Test]
    public async Task An_update_is_in_the_L1_of_every_instance_without_a_read()
    {
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync();

        await a.Cache.UpdateAsync("k", "v");
        await b.SettleAsync();

        Assert.That(await b.FindAsync("k"), Is.EqualTo(("v", 1)));
        Assert.That(cluster.Shared.Count(InMemoryTier.Read), Is.Zero);
    }

    [Test]
    public async Task An_update_that_arrives_after_a_newer_removal_is_not_stored([Values("key", "keys", "update")] string overtaking)
    {
        await using var cluster = new Cluster();
        var slow = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache a = await cluster.AddAsync(backplane: slow);
        TestCache b = await cluster.AddAsync();
        TestCache c = await cluster.AddAsync();
        HeldOperation message = slow.Hold(ScriptedBackplane.Publish);
        Task update = a.Cache.UpdateAsync(Invalidations.Key, "old").AsTask();
        await message.Reached;

        await Invalidations.RunAsync(b, overtaking);
        await c.SettleAsync();
        message.Release();
        await update;
        await cluster.SettleAsync();

        foreach (TestCache cache in new[] { a, b, c })
            Assert.That((await cache.FindAsync(Invalidations.Key)).Value, Is.EqualTo(Invalidations.Outcome(overtaking)));
    }

    [Test]
    public async Task An_update_that_was_held_up_too_long_becomes_a_removal()
    {
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync();
        HeldOperation write = new TierScript(cluster.Shared).Hold(InMemoryTier.Write, "k");
        Task update = a.Cache.UpdateAsync("k", "v").AsTask();
        await write.Reached;

        cluster.Time.Advance(TimeSpan.FromSeconds(20));
        write.Release();
        await update;
        await b.SettleAsync();

        Assert.That(await b.FindAsync("k"), Is.EqualTo(("v", 2)));
    }

    [Test]
    public async Task An_older_update_that_arrives_while_a_local_set_is_under_way_does_not_stay_in_L1()
    {
        // A set holds its key longest where there is a machine tier, and there the message has to wait for it.
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync(local: disk);
        HeldOperation write = new TierScript(disk).Hold(InMemoryTier.Write, "k");
        var publisher = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache c = await cluster.AddAsync(backplane: publisher);
        HeldOperation message = publisher.Hold(ScriptedBackplane.Publish);
        Task older = c.Cache.UpdateAsync("k", "older").AsTask();
        await message.Reached;
        Task newer = b.Hybrid.SetAsync("k", "newer").AsTask();
        await write.Reached;

        message.Release();
        await older;
        Task received = b.ReceiveAsync();
        Assert.That(received.IsCompleted, Is.False, "the message waits for the set");
        write.Release();
        await Task.WhenAll(newer, received);
        await cluster.SettleAsync();

        foreach (TestCache cache in new[] { a, b, c })
            Assert.That((await cache.FindAsync("k")).Value, Is.EqualTo("newer"));
    }

    [Test]
    public async Task A_removal_that_arrives_while_a_local_set_is_under_way_keeps_its_value_out_of_L1_alone()
    {
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync();
        HeldOperation write = new TierScript(cluster.Shared).Hold(InMemoryTier.Write, "k");
        Task set = b.Hybrid.SetAsync("k", "v").AsTask();
        await write.Reached;
        await a.Hybrid.RemoveAsync("k");
        await b.ReceiveAsync();
        write.Release();
        await set;
        await cluster.SettleAsync();

        Assert.That(await b.FindAsync("k"), Is.EqualTo(("v", 2)));
    }

    [Test]
    public async Task Sets_of_one_instance_do_not_interleave_between_tiers()
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time), time => new InMemoryTier(time));
        TestCache cache = await cluster.AddAsync();
        HeldOperation upper = new TierScript(cluster.Shared).Hold(InMemoryTier.Write, "k");
        Task first = cache.Hybrid.SetAsync("k", "first").AsTask();
        await upper.Reached;

        Task second = cache.Hybrid.SetAsync("k", "second").AsTask();
        upper.Release();
        await Task.WhenAll(first, second);

        Assert.That(await cache.FindAsync("k"), Is.EqualTo(("second", 1)));
        foreach (InMemoryTier tier in cluster.Tiers.Cast<InMemoryTier>())
            Assert.That(await StoredAsync(tier, "k"), Does.EndWith("second"));
    }

    [Test]
    public async Task A_pushed_value_lives_no_longer_than_in_the_L1_of_its_sender()
    {
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync();
        var options = new TieredEntryOptions { Expiration = TimeSpan.FromHours(1), LocalExpiration = TimeSpan.FromMinutes(1) };
        await a.Cache.UpdateAsync("k", "v", options);
        await b.SettleAsync();

        cluster.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.That((await b.FindAsync("k")).Level, Is.EqualTo(1));
        cluster.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.That((await b.FindAsync("k")).Level, Is.EqualTo(2));
    }

    [Test]
    public async Task A_sliding_value_is_not_pushed_because_its_window_could_not_be()
    {
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync();

        await a.Cache.UpdateAsync("k", "v", new TieredEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(1) });
        await b.SettleAsync();

        Assert.That((await b.FindAsync("k")).Level, Is.EqualTo(2));
    }

    [Test]
    public async Task A_value_larger_than_a_message_may_be_is_removed_elsewhere_instead_of_pushed()
    {
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync(o => o.MaximumBroadcastBytes = 100);
        TestCache b = await cluster.AddAsync();
        await b.Hybrid.SetAsync("k", "old");

        await a.Cache.UpdateAsync("k", new string('x', 100));
        await b.SettleAsync();

        Assert.That((await b.FindAsync("k")).Level, Is.EqualTo(2));
    }

    [Test]
    public async Task Set_tells_nobody_when_it_is_not_to()
    {
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync();
        await b.Hybrid.SetAsync("k", "old");
        await cluster.SettleAsync();

        await a.Hybrid.SetAsync("k", "new", new TieredEntryOptions { Broadcast = BroadcastMode.None });
        await b.SettleAsync();

        Assert.That((await b.FindAsync("k"), a.Statistics.Invalidations.Sent.Values.Sum()), Is.EqualTo((("old", 1), 0)));
    }

    private static async Task<string> StoredAsync(InMemoryTier tier, string key)
    {
        using HybridTiered.Tiers.TierEntry entry = await tier.ReadAsync(key, HybridTiered.Tiers.TierRead.Data, default);
        PayloadCodec.TryRead(entry.Data, key, out _, out ReadOnlyMemory<byte> payload);
        return System.Text.Encoding.UTF8.GetString(payload.Span);
    }
}
