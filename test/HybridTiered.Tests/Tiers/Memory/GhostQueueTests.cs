using HybridTiered.Tiers.Memory;

namespace HybridTiered.Tests.Tiers.Memory;

[TestFixture, Category("Unit")]
public sealed class GhostQueueTests
{
    [Test]
    public void A_hash_is_remembered_until_it_is_forgotten([Values(0, 1, -1, int.MinValue)] int hash)
    {
        var ghosts = new GhostQueue();
        Assert.That(ghosts.Forget(hash, out _), Is.False);

        ghosts.Remember(hash, 10);

        Assert.That(ghosts.Forget(hash, out _), Is.True);
        Assert.That(ghosts.Forget(hash, out _), Is.False);
    }

    [Test]
    public void The_oldest_hash_is_forgotten_when_the_capacity_is_reached()
    {
        var ghosts = new GhostQueue();
        for (int hash = 1; hash <= 5; hash++)
            ghosts.Remember(hash, 4);

        Assert.That(Enumerable.Range(1, 5).Where(hash => ghosts.Forget(hash, out _)), Is.EqualTo(Enumerable.Range(2, 4)));
    }

    [Test]
    public void A_hash_remembered_again_is_young_again()
    {
        var ghosts = new GhostQueue();
        foreach (int hash in new[] { 1, 2, 3, 1, 4, 5 })
            ghosts.Remember(hash, 4);

        Assert.That(ghosts.Forget(1, out _), Is.True);
        Assert.That(ghosts.Forget(1, out _), Is.False);
    }

    [Test]
    public void The_age_of_a_hash_is_how_many_were_remembered_since()
    {
        var ghosts = new GhostQueue();
        for (int hash = 1; hash <= 5; hash++)
            ghosts.Remember(hash, 10);

        Assert.That(ghosts.Forget(2, out long age), Is.True);
        Assert.That(age, Is.EqualTo(3));
    }

    [Test]
    public void Growing_keeps_what_is_remembered()
    {
        var ghosts = new GhostQueue();
        for (int hash = 1; hash <= 8; hash++)
            ghosts.Remember(hash, 8);
        ghosts.Remember(9, 1000);

        Assert.That(Enumerable.Range(1, 9).Count(hash => ghosts.Forget(hash, out _)), Is.EqualTo(9));
    }

    [Test]
    public void Most_of_the_capacity_is_used_and_never_more([Values(1000, 1024)] int capacity)
    {
        var random = new Random(42);
        var ghosts = new GhostQueue();
        int[] hashes = [.. Enumerable.Range(0, 20_000).Select(_ => random.Next(int.MinValue, int.MaxValue)).Distinct()];
        foreach (int hash in hashes)
            ghosts.Remember(hash, capacity);

        Assert.That(hashes.Count(hash => ghosts.Forget(hash, out _)), Is.InRange(capacity * 3 / 4, capacity));
    }

    [Test]
    public void Clear_forgets_everything()
    {
        var ghosts = new GhostQueue();
        ghosts.Remember(1, 10);

        ghosts.Clear();

        Assert.That(ghosts.Forget(1, out _), Is.False);
    }
}
