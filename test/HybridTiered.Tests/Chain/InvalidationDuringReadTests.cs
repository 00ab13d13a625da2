using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using static HybridTiered.Tests.Support.Invalidations;

namespace HybridTiered.Tests.Chain;

/// <summary>Invalidations that meet a computation, a lower-tier read, a promotion or a write behind. Afterwards the old value is nowhere.</summary>
[TestFixture, Category("Unit")]
public sealed class InvalidationDuringReadTests
{
    private const string WildcardRecord = "__MSFT_HCT__*";

    [Test]
    public async Task An_invalidation_during_a_computation_keeps_its_result_out_of_every_tier(
        [ValueSource(typeof(Invalidations), nameof(All))] string kind, [Values] bool elsewhere)
    {
        await using var cluster = new Cluster();
        TestCache computing = await cluster.AddAsync();
        TestCache other = await cluster.AddAsync();
        var factory = new HeldOperation();
        Task<string> computation = computing.ComputeAsync(Key, async () =>
        {
            await factory.PassAsync();
            return "old";
        }, [Tag]);
        await factory.Reached;
        cluster.Tick();

        await RunAsync(elsewhere ? other : computing, kind);
        await computing.ReceiveAsync();
        factory.Release();

        Assert.That(await computation, Is.EqualTo("old"), "its caller gets what it computed");
        await AssertOutcomeEverywhereAsync(cluster, kind, computing, other);
    }

    [Test]
    public async Task A_result_that_the_shared_tier_refuses_leaves_L1_even_when_the_message_was_lost([ValueSource(typeof(Invalidations), nameof(ByKey))] string kind)
    {
        await using var cluster = new Cluster();
        InProcessConnection deaf = cluster.Hub.Connect();
        TestCache computing = await cluster.AddAsync(backplane: deaf);
        TestCache other = await cluster.AddAsync();
        deaf.LosesMessages = true;
        var factory = new HeldOperation();
        Task<string> computation = computing.ComputeAsync(Key, async () =>
        {
            await factory.PassAsync();
            return "old";
        });
        await factory.Reached;

        await RunAsync(other, kind);
        factory.Release();
        await computation;
        await computing.Cache.Core.Chain.Background.WhenIdleAsync();

        Assert.That((await computing.FindAsync(Key)).Value, Is.EqualTo(Outcome(kind)));
        Assert.That(computing.Statistics.Tiers[1].WritesRefused, Is.EqualTo(1));
    }

    [Test]
    public async Task An_invalidation_between_a_lower_read_and_the_write_to_L1_wins(
        [ValueSource(typeof(Invalidations), nameof(All))] string kind, [Values] bool elsewhere)
    {
        await using var cluster = new Cluster();
        TestCache writer = await cluster.AddAsync();
        TestCache reader = await cluster.AddAsync();
        await writer.Hybrid.SetAsync(Key, "old", tags: [Tag]);
        await cluster.SettleAsync();
        cluster.Tick();
        // The entry has been read by the time the tag records are.
        HeldOperation record = new TierScript(cluster.Shared).Hold(InMemoryTier.Read, WildcardRecord);
        Task<(string?, int)> read = reader.FindAsync(Key);
        await record.Reached;

        await RunAsync(elsewhere ? writer : reader, kind);
        await reader.ReceiveAsync();
        record.Release();
        await read;

        await AssertOutcomeEverywhereAsync(cluster, kind, reader, writer);
    }

    [Test]
    public async Task A_promotion_that_a_removal_overtakes_is_refused_and_leaves_L1([Values] bool messageLost)
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time), time => new InMemoryTier(time));
        InProcessConnection connection = cluster.Hub.Connect();
        TestCache reader = await cluster.AddAsync(backplane: connection);
        TestCache remover = await cluster.AddAsync();
        await remover.Hybrid.SetAsync(Key, "old");
        await cluster.SettleAsync();
        await cluster.Shared.RemoveAsync(Key, default);
        connection.LosesMessages = messageLost;
        HeldOperation promotion = new TierScript(cluster.Shared).Hold(InMemoryTier.WriteIfUnchanged, Key);
        Assert.That(await reader.FindAsync(Key), Is.EqualTo(("old", 3)));
        await promotion.Reached;

        await remover.Hybrid.RemoveAsync(Key);
        promotion.Release();
        await reader.Cache.Core.Chain.Background.WhenIdleAsync();
        await reader.ReceiveAsync();

        Assert.That(await reader.FindAsync(Key), Is.EqualTo(((string?)null, 0)));
        Assert.That(cluster.Shared.Keys, Does.Not.Contain(Key));
    }

    [Test]
    public async Task A_late_write_behind_is_refused_by_a_tier_with_versions()
    {
        await using var cluster = new Cluster();
        TestCache computing = await cluster.AddAsync();
        TestCache other = await cluster.AddAsync();
        HeldOperation write = new TierScript(cluster.Shared).Hold(InMemoryTier.WriteIfUnchanged, Key);
        await computing.ComputeAsync(Key, () => Task.FromResult("old"));
        await write.Reached;

        await other.Hybrid.RemoveAsync(Key);
        write.Release();

        await AssertOutcomeEverywhereAsync(cluster, "key", computing, other);
        Assert.That(cluster.Shared.Keys, Does.Not.Contain(Key));
    }

    [Test]
    public async Task A_late_write_behind_is_taken_back_from_a_tier_without_versions([Values] bool removalFailsFirst)
    {
        var inner = new InMemoryTier(new ManualTimeProvider());
        await using var cluster = new Cluster(_ => new PlainTier(inner));
        TestCache computing = await cluster.AddAsync();
        TestCache other = await cluster.AddAsync();
        var script = new TierScript(inner);
        HeldOperation write = script.Hold(InMemoryTier.Write, Key);
        await computing.ComputeAsync(Key, () => Task.FromResult("old"));
        await write.Reached;

        await other.Hybrid.RemoveAsync(Key);
        await computing.ReceiveAsync();
        if (removalFailsFirst)
            script.Fail(InMemoryTier.Remove);
        write.Release();
        await computing.Cache.Core.Chain.Background.WhenIdleAsync();
        script.Repair();

        await AssertOutcomeEverywhereAsync(cluster, "key", computing, other);
        Assert.That(inner.Keys, Does.Not.Contain(Key));
    }

    [Test]
    public async Task A_local_removal_waits_for_a_write_behind_under_way_and_removes_what_it_wrote()
    {
        var inner = new InMemoryTier(new ManualTimeProvider());
        await using var cluster = new Cluster(_ => new PlainTier(inner));
        TestCache cache = await cluster.AddAsync();
        HeldOperation write = new TierScript(inner).Hold(InMemoryTier.Write, Key);
        await cache.ComputeAsync(Key, () => Task.FromResult("old"));
        await write.Reached;

        Task removal = cache.Hybrid.RemoveAsync(Key).AsTask();
        Assert.That(removal.IsCompleted, Is.False);
        write.Release();
        await removal;

        await AssertOutcomeEverywhereAsync(cluster, "key", cache);
        Assert.That(inner.Keys, Does.Not.Contain(Key));
    }

    [Test]
    public async Task A_write_that_one_tier_refuses_is_taken_back_from_those_that_could_not_tell()
    {
        var bottom = new InMemoryTier(new ManualTimeProvider());
        await using var cluster = new Cluster(time => new InMemoryTier(time), _ => new PlainTier(bottom));
        InProcessConnection deaf = cluster.Hub.Connect();
        TestCache computing = await cluster.AddAsync(backplane: deaf);
        TestCache other = await cluster.AddAsync();
        deaf.LosesMessages = true;
        HeldOperation write = new TierScript(bottom).Hold(InMemoryTier.Write, Key);
        await computing.ComputeAsync(Key, () => Task.FromResult("old"));
        await write.Reached;

        await other.Hybrid.RemoveAsync(Key);
        write.Release();
        await computing.Cache.Core.Chain.Background.WhenIdleAsync();

        Assert.That((bottom.Keys.Contains(Key), (await other.FindAsync(Key)).Value, (await computing.FindAsync(Key)).Value), Is.EqualTo((false, (string?)null, (string?)null)));
    }

    [Test]
    public async Task A_computation_older_than_the_memory_of_the_tier_does_not_write_to_it()
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();

        await cache.ComputeAsync(Key, () =>
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(61));
            return Task.FromResult("slow");
        });
        await cluster.SettleAsync();

        Assert.That(cluster.Shared.Keys, Does.Not.Contain(Key));
        Assert.That(await cache.FindAsync(Key), Is.EqualTo(("slow", 1)));
    }

    [Test]
    public async Task A_set_that_a_tag_invalidation_overtakes_is_dead_in_L1_too([Values("tag", "pattern", "everything")] string kind)
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        HeldOperation first = new TierScript(cluster.Shared).Hold(InMemoryTier.Write, Key);
        Task other = cache.Hybrid.SetAsync(Key, "older", tags: [Tag]).AsTask();
        await first.Reached;
        Task set = cache.Hybrid.SetAsync(Key, "old", tags: [Tag]).AsTask();
        cluster.Tick();

        await RunAsync(cache, kind);
        first.Release();
        await Task.WhenAll(other, set);

        Assert.That((await cache.FindAsync(Key)).Value, Is.Null);
    }

    [Test]
    public async Task Whoever_reads_while_a_removal_goes_through_the_tiers_leaves_nothing_behind()
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time), time => new InMemoryTier(time));
        TestCache cache = await cluster.AddAsync();
        await cache.Hybrid.SetAsync(Key, "old");
        HeldOperation upper = new TierScript(cluster.Shared).Hold(InMemoryTier.Remove, Key);
        cache.Cache.Core.Chain.Memory.Remove(Key);
        Task removal = cache.Hybrid.RemoveAsync(Key).AsTask();
        await upper.Reached;

        Assert.That(await cache.FindAsync(Key), Is.EqualTo(("old", 2)), "the removal has not returned yet");
        upper.Release();
        await removal;

        Assert.That((await cache.FindAsync(Key)).Value, Is.Null);
    }

    [Test]
    public async Task Who_asks_after_a_removal_does_not_wait_for_a_computation_that_began_before_it([Values("key", "keys", "pattern", "clear")] string kind)
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        var factory = new HeldOperation();
        Task<string> before = cache.ComputeAsync(Key, async () =>
        {
            await factory.PassAsync();
            return "old";
        });
        await factory.Reached;
        cluster.Tick();
        await RunAsync(cache, kind);

        string after = await cache.ComputeAsync(Key, () => Task.FromResult("fresh"));
        factory.Release();

        Assert.That((after, await before, (await cache.FindAsync(Key)).Value), Is.EqualTo(("fresh", "old", "fresh")));
    }

    [Test]
    public async Task Who_asks_after_a_tag_invalidation_and_joins_an_older_computation_starts_again([Values("tag", "everything")] string kind)
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        var factory = new HeldOperation();
        Task<string> before = cache.ComputeAsync(Key, async () =>
        {
            await factory.PassAsync();
            return "old";
        }, [Tag]);
        await factory.Reached;
        cluster.Tick();
        await RunAsync(cache, kind);

        Task<string> after = cache.ComputeAsync(Key, () => Task.FromResult("fresh"), [Tag]);
        factory.Release();

        Assert.That((await before, await after, await cache.FindAsync(Key)), Is.EqualTo(("old", "fresh", ("fresh", 1))));
    }

    private static async Task AssertOutcomeEverywhereAsync(Cluster cluster, string kind, params TestCache[] caches)
    {
        await cluster.SettleAsync();
        TestCache newcomer = await cluster.AddAsync();
        foreach (TestCache cache in caches.Append(newcomer))
        {
            Assert.That((await cache.FindAsync(Key)).Value, Is.EqualTo(Outcome(kind)));
            cache.Cache.Core.Chain.Memory.Remove(Key);
            Assert.That((await cache.FindAsync(Key)).Value, Is.EqualTo(Outcome(kind)), "below L1");
        }
    }
}
