using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using static HybridTiered.Tests.Support.Invalidations;

namespace HybridTiered.Tests.Invalidation;

/// <summary>Rule 6: whatever happens to the connection, no invalidation is lost.</summary>
[TestFixture, Category("Unit")]
public sealed class JournalTests
{
    private static readonly TimeSpan JournalInterval = TimeSpan.FromSeconds(5);

    [Test]
    public async Task A_message_that_was_silently_lost_heals_at_the_next_reading_of_the_journal([ValueSource(typeof(Invalidations), nameof(All))] string kind)
    {
        await using var cluster = new Cluster();
        InProcessConnection connection = cluster.Hub.Connect();
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync(backplane: connection);
        await b.Hybrid.SetAsync(Key, "old", tags: [Tag]);
        await cluster.SettleAsync();
        cluster.Tick();
        connection.LosesMessages = true;
        await RunAsync(a, kind);
        await b.SettleAsync();
        Assert.That(await b.FindAsync(Key), Is.EqualTo(("old", 1)), "nobody has noticed yet");

        cluster.Time.Advance(JournalInterval);
        await b.SettleAsync();

        Assert.That((await b.FindAsync(Key)).Value, Is.EqualTo(Outcome(kind)));
    }

    [Test]
    public async Task What_was_missed_while_disconnected_is_applied_on_reconnecting_each_once_and_in_order()
    {
        await using var cluster = new Cluster();
        InProcessConnection connection = cluster.Hub.Connect();
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync(backplane: connection);
        await b.Hybrid.SetAsync("k", "old");
        connection.Disconnect();
        await a.Cache.UpdateAsync("k", "1");
        await a.Cache.UpdateAsync("k", "2");
        Assert.That((await b.FindAsync("k")).Value, Is.EqualTo("old"));
        Assert.That(b.Statistics.Invalidations.IsConnected, Is.False);

        connection.Reconnect();
        await b.SettleAsync();
        await b.SettleAsync();

        Assert.That(await b.FindAsync("k"), Is.EqualTo(("2", 1)));
        Assert.That((b.Statistics.Invalidations.IsConnected, b.Statistics.Invalidations.Received[InvalidationKind.Update]), Is.EqualTo((true, 2)));
    }

    [Test]
    public async Task A_message_is_applied_once_though_it_arrives_and_stands_in_the_journal()
    {
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync();
        await a.Hybrid.RemoveAsync("before");
        TestCache b = await cluster.AddAsync();
        await a.Hybrid.RemoveAsync("k");
        await b.SettleAsync();
        cluster.Time.Advance(JournalInterval);
        await b.SettleAsync();
        cluster.Time.Advance(JournalInterval);
        await b.SettleAsync();

        Assert.That(b.Statistics.Invalidations.Received[InvalidationKind.Key], Is.EqualTo(1));
        Assert.That(b.Statistics.Invalidations.CatchUps, Is.EqualTo(3));
    }

    [Test]
    public async Task A_server_that_went_back_has_everything_invalidated_that_may_be_there_again()
    {
        var time = new ManualTimeProvider();
        var hub = new InProcessBackplane(time);
        var backplane = new ScriptedBackplane(hub.Connect());
        var tier = new InMemoryTier(time);
        await using var a = TestCache.Create(time, cache => cache.AddTier("shared", _ => tier).UseBackplane(_ => backplane));
        await using var b = TestCache.Create(time, hub, tier);
        await a.Hybrid.SetAsync("k", "old");
        await b.FindAsync("k");
        await a.SettleAsync();
        time.Advance(TimeSpan.FromSeconds(1));

        backplane.ChangesPage = page => page with { ReachesBack = false, WentBack = true };
        time.Advance(JournalInterval);
        await a.SettleAsync();
        backplane.ChangesPage = null;
        await b.SettleAsync();

        Assert.That((await a.FindAsync("k")).Level, Is.Zero, "the shared tier still has it");
        Assert.That((await b.FindAsync("k")).Level, Is.Zero);
        await using var restarted = TestCache.Create(time, hub, tier);
        Assert.That((await restarted.FindAsync("k")).Level, Is.Zero, "the time is stored");
        await a.Hybrid.SetAsync("k", "new");
        Assert.That((await restarted.FindAsync("k")).Value, Is.EqualTo("new"));
    }

    [Test]
    public async Task A_message_that_arrives_before_the_journal_could_first_be_read_is_no_sign_of_a_server_that_went_back()
    {
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync();
        await a.Hybrid.RemoveAsync("before");
        var backplane = new ScriptedBackplane(cluster.Hub.Connect()) { ChangesPage = _ => throw new IOException("scripted failure") };
        TestCache b = await cluster.AddAsync(backplane: backplane);
        await a.Hybrid.RemoveAsync("k");
        await b.ReceiveAsync();

        backplane.ChangesPage = null;
        await b.SettleAsync();

        Assert.That((b.Statistics.Invalidations.CatchUps, b.Statistics.Invalidations.JournalGaps), Is.EqualTo((1, 0)));
    }

    [Test]
    public async Task Own_messages_are_dropped()
    {
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync();
        await a.Hybrid.SetAsync("k", "v");
        await a.Cache.UpdateAsync("k", "v");
        await a.SettleAsync();
        cluster.Time.Advance(JournalInterval);
        await a.SettleAsync();

        Assert.That(a.Statistics.Invalidations.Received.Values.Sum(), Is.Zero);
        Assert.That((await a.FindAsync("k")).Level, Is.EqualTo(1));
    }

    [Test]
    public async Task A_journal_that_no_longer_reaches_back_clears_L1()
    {
        await using var cluster = new Cluster();
        InProcessConnection connection = cluster.Hub.Connect();
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync(backplane: connection);
        await b.Hybrid.SetAsync("k", "old");
        await b.Hybrid.SetAsync("innocent", "v");
        connection.Disconnect();
        await a.Hybrid.RemoveAsync("k");
        await a.Hybrid.RemoveAsync("other");
        cluster.Hub.TrimJournal(1);

        connection.Reconnect();
        await b.SettleAsync();

        Assert.That((b.Statistics.Tiers[0].Entries, b.Statistics.Invalidations.JournalGaps), Is.EqualTo((0, 1)));
        Assert.That((await b.FindAsync("k")).Value, Is.Null);
    }

    [Test]
    public async Task Many_invalidations_within_one_interval_leave_no_gap_in_a_journal_that_is_shorter()
    {
        const int journalLength = 10_000;
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync();
        await b.Hybrid.SetAsync("innocent", "v");
        await cluster.SettleAsync();
        for (int i = 0; i < 2 * journalLength; i++)
        {
            await a.Hybrid.RemoveAsync("other");
            if (i % 1_000 == 0)
            {
                await cluster.SettleAsync();
                cluster.Hub.TrimJournal(journalLength);
            }
        }

        cluster.Time.Advance(JournalInterval);
        await cluster.SettleAsync();

        Assert.That(b.Statistics.Invalidations.JournalGaps, Is.Zero);
        Assert.That(await b.FindAsync("innocent"), Is.EqualTo(("v", 1)));
    }

    [Test]
    public async Task What_is_invalidated_between_a_gap_and_the_new_position_is_applied()
    {
        await using var cluster = new Cluster();
        var connection = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync(backplane: connection);
        await a.Hybrid.SetAsync("k", "old");
        await cluster.SettleAsync();
        connection.Connection.Disconnect();
        await a.Hybrid.RemoveAsync("x");
        await a.Hybrid.RemoveAsync("y");
        cluster.Hub.TrimJournal(0);
        HeldOperation newPosition = connection.Hold(ScriptedBackplane.ReadLastId);
        connection.Connection.Reconnect();
        await newPosition.Reached;

        await b.FindAsync("k");
        await a.Hybrid.RemoveAsync("k");
        newPosition.Release();
        await b.SettleAsync();

        Assert.That((await b.FindAsync("k")).Value, Is.Null);
    }

    [Test]
    public async Task Without_a_journal_a_reconnect_clears_L1()
    {
        await using var cluster = new Cluster();
        var backplane = new ForgetfulBackplane(cluster.Hub.Connect());
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync(backplane: backplane);
        await b.Hybrid.SetAsync("k", "old");
        backplane.Connection.Disconnect();
        await a.Hybrid.RemoveAsync("k");

        backplane.Connection.Reconnect();
        await b.SettleAsync();

        Assert.That((await b.FindAsync("k")).Value, Is.Null);
    }

    [Test]
    public async Task What_L1_got_before_the_subscription_was_live_is_dropped()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache a = await cluster.AddAsync();
        await a.Hybrid.SetAsync("k", "old");
        HeldOperation subscription = backplane.Hold(ScriptedBackplane.Subscribe);
        TestCache b = cluster.Add(backplane: backplane);
        var early = b.FindAsync("k");
        await subscription.Reached;
        cluster.Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.That((await early).Value, Is.EqualTo("old"));

        await a.Hybrid.RemoveAsync("k");
        subscription.Release();
        await b.SettleAsync();

        Assert.That((await b.FindAsync("k")).Value, Is.Null);
    }

    [Test]
    public async Task A_backplane_that_cannot_be_reached_is_tried_again_ever_more_seldom_and_L1_serves_meanwhile()
    {
        await using var cluster = new Cluster();
        InProcessConnection connection = cluster.Hub.Connect();
        connection.Disconnect();
        TestCache b = await cluster.AddAsync(backplane: connection);
        await b.ComputeAsync("k", () => Task.FromResult("v"));
        Assert.That((await b.FindAsync("k")).Level, Is.EqualTo(1));
        for (int second = 0; second < 10; second++)
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(1));
            await b.SettleAsync();
        }
        Assert.That(b.Log.Messages.Count(m => m.Id.Id == 22), Is.EqualTo(4), "after 0, 1, 3 and 7 seconds");

        connection.Reconnect();
        cluster.Time.Advance(TimeSpan.FromSeconds(30));
        await b.SettleAsync();

        Assert.That(b.Statistics.Invalidations.IsConnected, Is.True);
    }

    [Test]
    public async Task Malformed_messages_are_counted_and_change_nothing()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache b = await cluster.AddAsync(backplane: backplane);
        await b.Hybrid.SetAsync("k", "v");

        backplane.Receiver!.ReceiveMalformed();
        await b.SettleAsync();

        Assert.That((b.Statistics.Invalidations.Malformed, (await b.FindAsync("k")).Level), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task An_update_with_a_damaged_value_removes_the_old_one()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache b = await cluster.AddAsync(backplane: backplane);
        await b.Hybrid.SetAsync("k", "v");

        backplane.Receiver!.Receive(new ReceivedInvalidation(
            default, new InvalidationMessage(InvalidationKind.Update, 1, cluster.Time.GetUtcNow().UtcTicks, ["k"], new HybridTiered.Entries.EntryVersion(1_000), new byte[5])));
        await b.ReceiveAsync();

        Assert.That((b.Statistics.Invalidations.Malformed, (await b.FindAsync("k")).Level), Is.EqualTo((1, 2)));
    }

    [Test]
    public async Task When_more_messages_arrive_than_can_wait_the_journal_tells_what_they_were()
    {
        await using var cluster = new Cluster();
        var disk = new InMemoryMachineTier(cluster.Time);
        TestCache a = await cluster.AddAsync();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache b = await cluster.AddAsync(local: disk, backplane: backplane);
        await b.Hybrid.SetAsync("last", "old");
        HeldOperation busy = new TierScript(disk).Hold(InMemoryTier.Remove, "first");
        await a.Hybrid.RemoveAsync("first");
        await busy.Reached;
        // One is being applied; these are more than wait for it.
        for (int i = 0; i <= 65_536; i++)
            backplane.Receiver!.Receive(new ReceivedInvalidation(new JournalId(1, 1), new InvalidationMessage(InvalidationKind.Key, 1, 1, ["other"])));
        await a.Hybrid.RemoveAsync("last");
        busy.Release();
        await b.SettleAsync();

        Assert.That((await b.FindAsync("last")).Value, Is.Null);
    }

    private sealed class ForgetfulBackplane(InProcessConnection connection) : IBackplane
    {
        public InProcessConnection Connection => connection;

        public ValueTask<JournalId> PublishAsync(InvalidationMessage message, CancellationToken cancellationToken) =>
            connection.PublishAsync(message, cancellationToken);

        public ValueTask SubscribeAsync(IBackplaneReceiver receiver, CancellationToken cancellationToken) => connection.SubscribeAsync(receiver, cancellationToken);

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
