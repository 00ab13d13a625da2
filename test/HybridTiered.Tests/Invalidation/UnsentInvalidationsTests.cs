using HybridTiered.Chain;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Invalidation;

/// <summary>Rule 5 for the backplane: what cannot be sent is told to the caller, kept, and sent later in its order.</summary>
[TestFixture, Category("Unit")]
public sealed class UnsentInvalidationsTests
{
    private static readonly string[] InOrder = ["a", "b", "c", "d"];

    [Test]
    public async Task An_invalidation_that_cannot_be_sent_fails_its_caller_and_is_sent_later_in_order()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache a = await cluster.AddAsync(backplane: backplane);
        TestCache b = await cluster.AddAsync();
        await b.Hybrid.SetAsync("a", "old");
        await cluster.SettleAsync();
        backplane.FailsToPublish = _ => true;
        foreach (string key in InOrder[..3])
            Assert.That(() => a.Hybrid.RemoveAsync(key).AsTask(), Throws.TypeOf<InvalidationIncompleteException>());
        Assert.That((a.Statistics.Invalidations.Unsent, (await b.FindAsync("a")).Value), Is.EqualTo((3, "old")));

        backplane.FailsToPublish = null;
        backplane.Published.Clear();
        await a.Hybrid.RemoveAsync("d");
        await b.SettleAsync();

        Assert.That(backplane.Published.Select(m => m.Names[0]), Is.EqualTo(InOrder));
        Assert.That((a.Statistics.Invalidations.Unsent, (await b.FindAsync("a")).Value), Is.EqualTo((0, (string?)null)));
    }

    [Test]
    public async Task What_waits_is_sent_without_a_further_invalidation()
    {
        await using var cluster = new Cluster();
        InProcessConnection connection = cluster.Hub.Connect();
        TestCache a = await cluster.AddAsync(backplane: connection);
        TestCache b = await cluster.AddAsync();
        await b.Hybrid.SetAsync("k", "old");
        await cluster.SettleAsync();
        connection.Disconnect();
        Assert.That(() => a.Hybrid.RemoveAsync("k").AsTask(), Throws.TypeOf<InvalidationIncompleteException>());
        connection.Reconnect();
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        await cluster.SettleAsync();

        Assert.That((await b.FindAsync("k")).Value, Is.Null);
    }

    [Test]
    public async Task A_set_whose_message_cannot_be_sent_succeeds_and_its_message_becomes_a_removal()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache a = await cluster.AddAsync(backplane: backplane);
        TestCache b = await cluster.AddAsync();
        await b.Hybrid.SetAsync("k", "old");
        await cluster.SettleAsync();
        backplane.FailsToPublish = _ => true;
        await a.Cache.UpdateAsync("k", "new");
        backplane.FailsToPublish = null;
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        await cluster.SettleAsync();

        Assert.That(backplane.Published.Last().Kind, Is.EqualTo(InvalidationKind.Key));
        Assert.That(await b.FindAsync("k"), Is.EqualTo(("new", 2)));
    }

    [Test]
    public async Task Too_many_that_wait_become_one_that_invalidates_everything()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache a = await cluster.AddAsync(o => o.MaximumPendingInvalidations = 2, backplane: backplane);
        TestCache b = await cluster.AddAsync();
        await b.Hybrid.SetAsync("a", "old");
        await b.Hybrid.SetAsync("innocent", "v");
        await cluster.SettleAsync();
        cluster.Tick();
        backplane.FailsToPublish = _ => true;
        foreach (string key in InOrder[..3])
            Assert.That(() => a.Hybrid.RemoveAsync(key).AsTask(), Throws.TypeOf<InvalidationIncompleteException>());
        Assert.That(a.Statistics.Invalidations.Unsent, Is.EqualTo(1));

        backplane.FailsToPublish = null;
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        await cluster.SettleAsync();

        Assert.That(backplane.Published.Last().Kind, Is.EqualTo(InvalidationKind.All));
        Assert.That(((await b.FindAsync("a")).Value, b.Statistics.Tiers[0].Entries), Is.EqualTo(((string?)null, 0)));
        await b.Hybrid.SetAsync("new", "v");
        Assert.That((await b.FindAsync("new")).Level, Is.EqualTo(1), "what is newer lives");
    }

    [Test]
    public async Task What_is_invalidated_while_the_one_for_everything_is_being_sent_is_sent_too()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache a = await cluster.AddAsync(o => o.MaximumPendingInvalidations = 1, backplane: backplane);
        TestCache b = await cluster.AddAsync();
        backplane.FailsToPublish = _ => true;
        foreach (string key in InOrder[..2])
            Assert.That(() => a.Hybrid.RemoveAsync(key).AsTask(), Throws.TypeOf<InvalidationIncompleteException>());
        backplane.FailsToPublish = null;
        cluster.Tick();
        HeldOperation everything = backplane.Hold(ScriptedBackplane.Delivered);
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        await everything.Reached;
        await b.SettleAsync();
        await b.Hybrid.SetAsync("d", "old");

        Task<bool> removal = Task.Run(async () =>
        {
            try
            {
                await a.Hybrid.RemoveAsync("d");
                return true;
            }
            catch (InvalidationIncompleteException)
            {
                return false;
            }
        });
        Assert.That(await removal, Is.False, "it has to wait behind the other");
        everything.Release();
        await a.SettleAsync();
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        await cluster.SettleAsync();

        Assert.That((await b.FindAsync("d")).Value, Is.Null);
    }

    [Test]
    public void The_message_for_everything_is_as_late_as_the_latest_it_stands_for()
    {
        var unsent = new UnsentInvalidations(2);
        foreach (long timestamp in new long[] { 30, 40, 20 })
            unsent.Add(new InvalidationMessage(InvalidationKind.Tag, 7, timestamp, ["t"]));

        InvalidationMessage one = unsent.Peek()!;

        Assert.That((one.Kind, one.Origin, one.Timestamp, unsent.Count), Is.EqualTo((InvalidationKind.All, 7L, 40L, 1)));
    }

    [Test]
    public void One_sender_at_a_time_is_let_in()
    {
        var unsent = new UnsentInvalidations(2);
        IDisposable? first = unsent.TryEnter();

        Assert.That(unsent.TryEnter(), Is.Null);
        first!.Dispose();
        Assert.That(unsent.TryEnter(), Is.Not.Null);
    }
}
