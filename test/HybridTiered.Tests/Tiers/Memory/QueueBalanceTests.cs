using HybridTiered.Tiers.Memory;

namespace HybridTiered.Tests.Tiers.Memory;

[TestFixture, Category("Unit")]
public sealed class QueueBalanceTests
{
    [Test]
    public void The_small_queue_starts_with_a_twentieth_and_moves_by_two_entries()
    {
        var balance = new QueueBalance();
        Assert.That(balance.SmallShare, Is.EqualTo(0.05));

        balance.GrowSmall(1_000);
        Assert.That(balance.SmallShare, Is.EqualTo(0.052).Within(1e-9));

        balance.GrowMain(1_000);
        balance.GrowMain(1_000);
        Assert.That(balance.SmallShare, Is.EqualTo(0.048).Within(1e-9));
    }

    [Test]
    public void Neither_queue_ever_gets_everything([Values(0, 1, 10, 1_000, 1_000_000)] long entries)
    {
        var balance = new QueueBalance();
        for (int i = 0; i < 1_000_000; i++)
            balance.GrowSmall(entries);
        Assert.That(balance.SmallShare, Is.EqualTo(0.7));

        for (int i = 0; i < 1_000_000; i++)
            balance.GrowMain(entries);
        Assert.That(balance.SmallShare, Is.EqualTo(0.01));
    }

    [Test]
    public void One_key_does_not_move_the_balance_of_a_tiny_store_far()
    {
        var balance = new QueueBalance();

        balance.GrowSmall(3);

        Assert.That(balance.SmallShare, Is.EqualTo(0.07).Within(1e-9));
    }

    [TestCase(0, 1)]
    [TestCase(10, 1)]
    [TestCase(1_000, 50)]
    public void Soon_is_within_a_twentieth_of_the_entries(long entries, long horizon) =>
        Assert.That(QueueBalance.Horizon(entries), Is.EqualTo(horizon));
}
