using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Invalidation;

/// <summary>On whose thread the work is done that a message or the connection causes.</summary>
[TestFixture, Category("Unit")]
public sealed class LentThreadTests
{
    // Whether the loop waits for a message yet is not to be seen from outside, and it matters only there.
    private const int Attempts = 200;

    [ThreadStatic]
    private static bool _isTelling;

    [Test]
    public async Task A_message_is_applied_on_the_thread_that_tells_it_only_if_that_is_lent([Values] bool lent)
    {
        await using var cluster = new Cluster();
        int inside = 0;
        var disk = new InMemoryMachineTier(cluster.Time)
        {
            Before = (_, _) =>
            {
                inside += _isTelling ? 1 : 0;
                return default;
            },
        };
        var backplane = new ScriptedBackplane(cluster.Hub.Connect()) { LendsItsThread = lent };
        TestCache cache = await cluster.AddAsync(local: disk, backplane: backplane);
        for (int i = 0; i < Attempts; i++)
        {
            await cache.SettleAsync();
            await Task.Yield();
            Tell(() => backplane.Receiver!.Receive(new ReceivedInvalidation(default, new InvalidationMessage(InvalidationKind.Key, 1, 1, ["k"]))));
        }
        await cache.SettleAsync();

        Assert.That(inside, lent ? Is.Positive : Is.Zero);
        Assert.That(cache.Statistics.Invalidations.Received[InvalidationKind.Key], Is.EqualTo(Attempts));
    }

    [Test]
    public async Task Whoever_tells_of_the_connection_may_hold_a_lock_and_does_none_of_the_work([Values] bool lent)
    {
        await using var cluster = new Cluster();
        int reads = 0;
        int inside = 0;
        var backplane = new ScriptedBackplane(cluster.Hub.Connect())
        {
            LendsItsThread = lent,
            ChangesPage = page =>
            {
                reads++;
                inside += _isTelling ? 1 : 0;
                return page;
            },
        };
        TestCache cache = await cluster.AddAsync(backplane: backplane);
        reads = 0;
        for (int i = 0; i < Attempts; i++)
        {
            await cache.SettleAsync();
            await Task.Yield();
            Tell(backplane.Receiver!.ConnectionRestored);
        }
        await cache.SettleAsync();

        Assert.That((reads, inside), Is.EqualTo((Attempts, 0)));
    }

    private static void Tell(Action tell)
    {
        _isTelling = true;
        tell();
        _isTelling = false;
    }
}
