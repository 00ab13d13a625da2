using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Invalidation;

/// <summary>What the backplane says of its connection while the loop is still busy with what it said before.</summary>
[TestFixture, Category("Unit")]
public sealed class ConnectionOrderTests
{
    private const int MoreThanTheInboxHolds = 70_000;

    [Test]
    public async Task A_connection_that_is_lost_again_before_its_return_was_noticed_is_lost()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache cache = await cluster.AddAsync(backplane: backplane);
        HeldOperation reading = await HoldLoopAsync(backplane);

        backplane.Receiver!.ConnectionLost();
        backplane.Receiver.ConnectionRestored();
        backplane.Receiver.ConnectionLost();
        reading.Release();
        await cache.SettleAsync();
        bool afterLoss = cache.Statistics.Invalidations.IsConnected;
        backplane.Receiver.ConnectionRestored();
        await cache.SettleAsync();

        Assert.That((afterLoss, cache.Statistics.Invalidations.IsConnected), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task A_connection_whose_return_found_no_room_in_the_inbox_is_back()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache cache = await cluster.AddAsync(backplane: backplane);
        HeldOperation reading = await HoldLoopAsync(backplane);

        backplane.Receiver!.ConnectionLost();
        for (int i = 0; i < MoreThanTheInboxHolds; i++)
            backplane.Receiver.Receive(new ReceivedInvalidation(default, new InvalidationMessage(InvalidationKind.Key, 1, 1, ["k"])));
        backplane.Receiver.ConnectionRestored();
        reading.Release();
        await cache.SettleAsync();

        Assert.That(cache.Statistics.Invalidations.IsConnected, Is.True);
    }

    private static async Task<HeldOperation> HoldLoopAsync(ScriptedBackplane backplane)
    {
        HeldOperation reading = backplane.Hold(ScriptedBackplane.ReadAfter);
        backplane.Receiver!.ConnectionLost();
        backplane.Receiver.ConnectionRestored();
        await reading.Reached;
        return reading;
    }
}
