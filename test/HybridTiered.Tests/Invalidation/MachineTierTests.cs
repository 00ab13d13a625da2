using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using static HybridTiered.Tests.Support.Invalidations;

namespace HybridTiered.Tests.Invalidation;

/// <summary>Rule 6 for tiers that outlive the process: they are read only once they reflect everything that was invalidated meanwhile.</summary>
[TestFixture, Category("Unit")]
public sealed class MachineTierTests
{
    [Test]
    public async Task After_a_restart_a_machine_tier_serves_what_is_valid_and_nothing_that_was_invalidated_meanwhile(
        [ValueSource(typeof(Invalidations), nameof(All))] string kind)
    {
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        TestCache other = await cluster.AddAsync();
        TestCache first = await cluster.AddAsync(local: disk);
        await first.Hybrid.SetAsync(Key, "old", tags: [Tag]);
        await first.Hybrid.SetAsync("valid", "v");
        await PassJournalIntervalAsync(cluster);
        await first.DisposeAsync();
        cluster.Tick();

        await RunAsync(other, kind);
        TestCache restarted = await cluster.AddAsync(local: disk);

        Assert.That((await restarted.FindAsync(Key)).Value, Is.EqualTo(Outcome(kind)));
        if (kind is not ("clear" or "everything" or "pattern"))
            Assert.That(await restarted.FindAsync("valid"), Is.EqualTo(("v", 2)), "from disk");
    }

    [Test]
    public async Task A_message_counts_as_received_once_it_is_applied()
    {
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        var script = new TierScript(disk);
        TestCache sender = await cluster.AddAsync();
        TestCache receiver = await cluster.AddAsync(local: disk);
        HeldOperation removal = script.Hold(InMemoryTier.Remove, "k");
        await sender.Hybrid.RemoveAsync("k");
        await removal.Reached;
        long before = receiver.Statistics.Invalidations.Received[InvalidationKind.Key];
        removal.Release();
        await receiver.SettleAsync();

        Assert.That((before, receiver.Statistics.Invalidations.Received[InvalidationKind.Key]), Is.EqualTo((0L, 1L)));
    }

    [Test]
    public async Task A_machine_tier_is_closed_until_the_journal_has_been_read_to_its_end()
    {
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        TestCache other = await cluster.AddAsync();
        TestCache first = await cluster.AddAsync(local: disk);
        await first.Hybrid.SetAsync("k", "old");
        await PassJournalIntervalAsync(cluster);
        await first.DisposeAsync();
        await other.Hybrid.RemoveAsync("k");
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        HeldOperation patterns = backplane.Hold(ScriptedBackplane.ReadAfter);
        TestCache restarted = cluster.Add(local: disk, backplane: backplane);
        Task settled = restarted.ReceiveAsync();
        await patterns.Reached;
        cluster.Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.That((await restarted.FindAsync("k")).Value, Is.Null, "before the journal is read");
        HeldOperation rest = backplane.Hold(ScriptedBackplane.ReadAfter);
        patterns.Release();
        await rest.Reached;

        Assert.That((await restarted.FindAsync("k")).Value, Is.Null, "while the journal is read");
        rest.Release();
        await settled;

        Assert.That((await restarted.FindAsync("k")).Value, Is.Null);
        Assert.That(disk.Keys, Does.Not.Contain("k"));
    }

    [Test]
    public async Task A_machine_tier_stays_closed_while_the_journal_cannot_be_read()
    {
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        TestCache first = await cluster.AddAsync(local: disk);
        await first.Hybrid.SetAsync("k", "v");
        await PassJournalIntervalAsync(cluster);
        await first.DisposeAsync();
        await cluster.Shared.RemoveAsync("k", default);
        InProcessConnection connection = cluster.Hub.Connect();
        connection.Disconnect();
        TestCache restarted = await cluster.AddAsync(local: disk, backplane: connection);
        Assert.That((await restarted.FindAsync("k")).Value, Is.Null);

        connection.Reconnect();
        await restarted.SettleAsync();
        cluster.Time.Advance(TimeSpan.FromSeconds(31));
        await restarted.SettleAsync();

        Assert.That(await restarted.FindAsync("k"), Is.EqualTo(("v", 2)));
    }

    [Test]
    public async Task A_journal_that_does_not_reach_back_to_the_position_of_a_machine_tier_empties_it()
    {
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        TestCache other = await cluster.AddAsync();
        TestCache first = await cluster.AddAsync(local: disk);
        await other.Hybrid.RemoveAsync("x");
        await first.Hybrid.SetAsync("k", "old");
        await PassJournalIntervalAsync(cluster);
        await first.DisposeAsync();
        cluster.Tick();
        await other.Hybrid.RemoveAsync("k");
        await other.Hybrid.RemoveAsync("y");
        cluster.Hub.TrimJournal(0);

        TestCache restarted = await cluster.AddAsync(local: disk);

        Assert.That((disk.Keys.Count, (await restarted.FindAsync("k")).Value), Is.EqualTo((0, (string?)null)));
    }

    [Test]
    public async Task A_machine_tier_that_was_never_told_a_position_is_emptied()
    {
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        await using (TestCache alone = TestCache.Create(cluster.Time, null, disk))
            await alone.Hybrid.SetAsync("k", "v");
        Assert.That(disk.Keys, Does.Contain("k"));

        await cluster.AddAsync(local: disk);

        Assert.That(disk.Keys, Does.Not.Contain("k"));
    }

    [Test]
    public async Task A_machine_tier_that_cannot_be_emptied_is_not_read_until_it_was()
    {
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        InProcessConnection connection = cluster.Hub.Connect();
        TestCache other = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync(local: disk, backplane: connection);
        await b.Hybrid.SetAsync("k", "old");
        connection.Disconnect();
        await other.Hybrid.RemoveAsync("k");
        await other.Hybrid.RemoveAsync("x");
        cluster.Hub.TrimJournal(0);
        var script = new TierScript(disk);
        script.Fail(InMemoryMachineTier.ClearAll);
        connection.Reconnect();
        await b.SettleAsync();
        Assert.That((await b.FindAsync("k")).Value, Is.Null);

        script.Repair();
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        await b.SettleAsync();

        Assert.That(disk.Keys, Does.Not.Contain("k"));
        await other.Hybrid.SetAsync("k", "new");
        await b.SettleAsync();
        await b.FindAsync("k");
        await b.SettleAsync();
        Assert.That(disk.Keys, Does.Contain("k"));
    }

    [Test]
    public async Task A_read_that_met_a_machine_tier_just_before_it_was_emptied_does_not_bring_its_value_back()
    {
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        InProcessConnection connection = cluster.Hub.Connect();
        TestCache other = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync(local: disk, backplane: connection);
        await b.Hybrid.SetAsync("k", "old");
        b.Cache.Core.Chain.Memory.Remove("k");
        connection.Disconnect();
        await other.Hybrid.RemoveAsync("k");
        await other.Hybrid.RemoveAsync("x");
        cluster.Hub.TrimJournal(0);
        var script = new TierScript(disk);
        HeldOperation clear = script.Hold(InMemoryMachineTier.ClearAll, "");
        connection.Reconnect();
        Task settled = b.ReceiveAsync();
        await clear.Reached;
        HeldOperation record = script.Hold(InMemoryTier.Read, "__MSFT_HCT__*");
        Task read = b.FindAsync("k");
        await record.Reached;

        clear.Release();
        await settled;
        record.Release();
        await read;

        Assert.That((await b.FindAsync("k")).Value, Is.Null);
    }

    [Test]
    public async Task A_removal_that_a_machine_tier_still_owes_survives_a_restart()
    {
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        TestCache other = await cluster.AddAsync();
        TestCache first = await cluster.AddAsync(local: disk);
        await other.Hybrid.RemoveAsync("any");
        await first.Hybrid.SetAsync("k", "old");
        await PassJournalIntervalAsync(cluster);
        var script = new TierScript(disk);
        script.Fail(InMemoryTier.Remove);
        cluster.Tick();
        await other.Hybrid.RemoveAsync("k");
        await first.SettleAsync();
        await PassJournalIntervalAsync(cluster);
        Assert.That(first.Statistics.Tiers[1].PendingInvalidations, Is.EqualTo(1));
        await first.DisposeAsync();
        script.Repair();

        TestCache restarted = await cluster.AddAsync(local: disk);

        Assert.That((await restarted.FindAsync("k")).Value, Is.Null);
    }

    [Test]
    public async Task A_restarted_instance_knows_the_patterns_whose_victims_may_still_be_in_a_shared_tier([Values] bool hasDisk)
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time));
        InMemoryMachineTier? disk = hasDisk ? new InMemoryMachineTier(cluster.Time) : null;
        TestCache other = await cluster.AddAsync();
        TestCache first = await cluster.AddAsync(local: disk);
        await other.Hybrid.SetAsync(Key, "old");
        await cluster.SettleAsync();
        cluster.Tick();
        HeldOperation sweep = new TierScript(cluster.Shared).Hold(InMemoryTier.RemoveByPattern, "user:*");
        await RunAsync(other, "pattern");
        await sweep.Reached;
        cluster.Time.Advance(TimeSpan.FromSeconds(5));
        await first.ReceiveAsync();
        await first.DisposeAsync();

        TestCache restarted = await cluster.AddAsync(local: disk);

        Assert.That((await restarted.FindAsync(Key)).Value, Is.Null);
        sweep.Release();
    }

    [Test]
    public async Task A_machine_tier_is_not_emptied_because_the_clock_of_its_machine_is_wrong()
    {
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        var clock = new SteppingTimeProvider(cluster.Time);
        clock.Step(TimeSpan.FromHours(1));
        TestCache first = await cluster.AddAsync(local: disk, time: clock);
        await first.Hybrid.RemoveAsync("any");
        await first.Hybrid.SetAsync("k", "v");
        await PassJournalIntervalAsync(cluster);
        await first.DisposeAsync();
        int clears = disk.Count(InMemoryMachineTier.ClearAll);

        clock.Step(TimeSpan.FromHours(-2));
        TestCache restarted = await cluster.AddAsync(local: disk, time: clock);

        Assert.That(await restarted.FindAsync("k"), Is.EqualTo(("v", 2)));
        Assert.That(disk.Count(InMemoryMachineTier.ClearAll), Is.EqualTo(clears));
    }

    private static async Task PassJournalIntervalAsync(Cluster cluster)
    {
        cluster.Time.Advance(TimeSpan.FromSeconds(5));
        await cluster.SettleAsync();
    }
}
