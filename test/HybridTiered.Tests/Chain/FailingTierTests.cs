using HybridTiered.Chain;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using static HybridTiered.Tests.Support.Invalidations;

namespace HybridTiered.Tests.Chain;

/// <summary>Rule 5: invalidations go one way through the tiers, and what fails is told, tried again and meanwhile not read.</summary>
[TestFixture, Category("Unit")]
public sealed class FailingTierTests
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    [Test]
    public async Task An_invalidation_goes_through_shared_tiers_from_the_bottom_up_then_machine_tiers_then_L1_and_then_to_the_others(
        [Values("key", "keys", "set", "tag")] string kind)
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time), time => new InMemoryTier(time));
        var disk = new InMemoryMachineTier(cluster.Time);
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache cache = await cluster.AddAsync(local: disk, backplane: backplane);
        await cache.Hybrid.SetAsync(Key, "old", tags: [Tag]);
        await cache.SettleAsync();
        List<string> order = [];
        bool InL1() => cache.Cache.Core.Chain.Memory.Store.TryGet(Key, out _);
        foreach ((string name, InMemoryTier tier) in new (string, InMemoryTier)[] { ("disk", disk), ("upper", cluster.Shared), ("lower", (InMemoryTier)cluster.Tiers[1]) })
        {
            _ = new TierScript(tier)
            {
                OnOperation = (operation, _) =>
                {
                    if (!operation.StartsWith("Read", StringComparison.Ordinal))
                        order.Add($"{name}{(kind != "tag" && InL1() ? " before L1" : "")}");
                },
            };
        }
        backplane.Published.Clear();
        HeldOperation publish = backplane.Hold(ScriptedBackplane.Publish);

        Task invalidation = RunAsync(cache, kind);
        await publish.Reached;
        string? inL1 = (await cache.FindAsync(Key)).Value;
        publish.Release();
        await invalidation;

        string suffix = kind == "tag" ? "" : " before L1";
        Assert.That((inL1, order), Is.EqualTo((Outcome(kind), new List<string> { "lower" + suffix, "upper" + suffix, "disk" + suffix })).Using<(string?, List<string>)>(
            (x, y) => x.Item1 == y.Item1 && x.Item2.SequenceEqual(y.Item2)));
    }

    [Test]
    public async Task Many_keys_are_removed_in_one_step_per_tier_and_told_in_one_message()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        TestCache cache = await cluster.AddAsync(backplane: backplane);
        TestCache other = await cluster.AddAsync();
        string[] keys = [.. Enumerable.Range(0, 2_500).Select(i => "k" + i)];
        foreach (string key in keys)
            await other.Hybrid.SetAsync(key, "v");
        await cluster.SettleAsync();

        await cache.Hybrid.RemoveAsync(keys.Concat(keys));
        await cluster.SettleAsync();

        Assert.That(cluster.Shared.Count(InMemoryTier.RemoveMany), Is.EqualTo(1));
        Assert.That(backplane.Published.Select(m => (m.Kind, m.Names.Count)), Is.EqualTo(new[]
        {
            (InvalidationKind.Keys, 1_000), (InvalidationKind.Keys, 1_000), (InvalidationKind.Keys, 500),
        }));
        Assert.That(other.Statistics.Tiers[0].Entries, Is.Zero);
        Assert.That(cluster.Shared.Keys, Is.Empty);
    }

    [Test]
    public async Task A_removal_that_a_tier_fails_reaches_the_caller_and_the_key_is_not_read_from_it_until_it_was_carried_out([Values("key", "keys")] string kind)
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        await cache.Hybrid.SetAsync(Key, "old");
        var script = new TierScript(cluster.Shared);
        script.Fail(InMemoryTier.Remove, InMemoryTier.RemoveMany);

        Assert.That(() => RunAsync(cache, kind), Throws.TypeOf<InvalidationIncompleteException>().With.InnerException.TypeOf<IOException>());
        int reads = cluster.Shared.Count(InMemoryTier.Read);
        Assert.That((await cache.FindAsync(Key)).Value, Is.Null);
        await cache.SettleAsync();
        Assert.That(cache.Statistics.Tiers[1].PendingInvalidations, Is.EqualTo(kind == "key" ? 1 : 2), "still failing");
        Assert.That((await cache.FindAsync(Key)).Value, Is.Null);
        Assert.That(cluster.Shared.Count(InMemoryTier.Read), Is.EqualTo(reads), "not even asked");
        script.Repair();
        cluster.Time.Advance(Retry);
        await cache.SettleAsync();

        Assert.That(cache.Statistics.Tiers[1].PendingInvalidations, Is.Zero);
        Assert.That(cluster.Shared.Keys, Does.Not.Contain(Key));
        await cache.FindAsync(Key);
        Assert.That(cluster.Shared.Count(InMemoryTier.Read), Is.GreaterThan(reads), "read again");
    }

    [Test]
    public async Task Whoever_read_the_old_value_before_its_removal_was_carried_out_is_told_again([Values("key", "keys", "set")] string kind)
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        TestCache other = await cluster.AddAsync();
        await cache.Hybrid.SetAsync(Key, "old");
        await cluster.SettleAsync();
        var script = new TierScript(cluster.Shared);
        script.Fail(InMemoryTier.Remove, InMemoryTier.RemoveMany, InMemoryTier.Write);
        try
        {
            await RunAsync(cache, kind);
        }
        catch (InvalidationIncompleteException)
        {
        }
        catch (InvalidOperationException)
        {
        }
        await other.SettleAsync();
        Assert.That(await other.FindAsync(Key), Is.EqualTo(("old", 2)), "the tier still has it");

        script.Repair();
        cluster.Time.Advance(Retry);
        await cluster.SettleAsync();

        Assert.That((await other.FindAsync(Key)).Value, Is.Null);
    }

    [Test]
    public async Task A_tag_time_that_a_tier_fails_to_store_is_stored_later()
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        await cache.Hybrid.SetAsync(Key, "old", tags: [Tag]);
        cluster.Tick();
        var script = new TierScript(cluster.Shared);
        script.Fail(InMemoryTier.Write);
        Assert.That(() => RunAsync(cache, "tag"), Throws.TypeOf<InvalidationIncompleteException>());
        TestCache ignorant = await cluster.AddAsync();
        await ignorant.FindAsync(Key);

        script.Repair();
        cluster.Time.Advance(Retry);
        await cluster.SettleAsync();
        TestCache newcomer = await cluster.AddAsync();

        foreach (TestCache each in new[] { cache, ignorant, newcomer })
            Assert.That((await each.FindAsync(Key)).Value, Is.Null);
    }

    [Test]
    public async Task A_set_that_a_tier_fails_is_no_error_while_L1_takes_it_and_the_old_value_is_removed_later()
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        await cache.Hybrid.SetAsync(Key, "old");
        var script = new TierScript(cluster.Shared);
        script.Fail(InMemoryTier.Write);

        await cache.Hybrid.SetAsync(Key, "new");
        Assert.That(await cache.FindAsync(Key), Is.EqualTo(("new", 1)));
        script.Repair();
        cluster.Time.Advance(Retry);
        await cache.SettleAsync();

        Assert.That(cluster.Shared.Keys, Does.Not.Contain(Key));
    }

    [Test]
    public async Task A_failing_tier_keeps_neither_the_other_tiers_nor_the_other_instances_from_being_told()
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time), time => new InMemoryTier(time));
        TestCache cache = await cluster.AddAsync();
        TestCache other = await cluster.AddAsync();
        await cache.Hybrid.SetAsync(Key, "old");
        await other.FindAsync(Key);
        await cluster.SettleAsync();
        new TierScript((InMemoryTier)cluster.Tiers[1]).Fail(InMemoryTier.Remove);

        Assert.That(() => RunAsync(cache, "key"), Throws.TypeOf<InvalidationIncompleteException>());
        await other.ReceiveAsync();

        Assert.That(cluster.Shared.Keys, Does.Not.Contain(Key));
        Assert.That(other.Cache.Core.Chain.Memory.Store.TryGet(Key, out _), Is.False);
    }

    [Test]
    public async Task A_value_set_after_a_failed_removal_is_not_removed_by_it()
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        await cache.Hybrid.SetAsync(Key, "old");
        var script = new TierScript(cluster.Shared);
        script.Fail(InMemoryTier.Remove);
        Assert.That(() => RunAsync(cache, "key"), Throws.TypeOf<InvalidationIncompleteException>());

        await cache.Hybrid.SetAsync(Key, "new");
        script.Repair();
        cluster.Time.Advance(Retry);
        await cluster.SettleAsync();

        Assert.That(cluster.Shared.Keys, Does.Contain(Key));
    }

    [Test]
    public async Task When_too_many_removals_wait_everything_older_is_dead_on_every_instance_and_comes_back_to_life_nowhere()
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time));
        TestCache cache = await cluster.AddAsync(o => o.MaximumPendingInvalidations = 2);
        TestCache other = await cluster.AddAsync();
        foreach (string key in new[] { "a", "b", "c", "d" })
            await cache.Hybrid.SetAsync(key, "old");
        await cluster.SettleAsync();
        cluster.Tick();
        var script = new TierScript(cluster.Shared);
        script.Fail(InMemoryTier.Remove, InMemoryTier.RemoveByPattern);
        foreach (string key in new[] { "a", "b", "c" })
            Assert.That(() => cache.Hybrid.RemoveAsync(key).AsTask(), Throws.TypeOf<InvalidationIncompleteException>());
        Assert.That((await cache.FindAsync("a")).Value, Is.Null, "although it is not known any more that it is pending");
        Assert.That(await other.FindAsync("a"), Is.EqualTo(("old", 2)), "not told yet");

        cluster.Tick();
        await cluster.SettleAsync();
        Assert.That((await other.FindAsync("a")).Value, Is.Null);
        await cache.Hybrid.SetAsync("e", "new");
        script.Repair();
        cluster.Time.Advance(Retry);
        await cluster.SettleAsync();

        TestCache newcomer = await cluster.AddAsync();
        foreach (TestCache each in new[] { cache, other, newcomer })
        {
            foreach (string key in new[] { "a", "b", "c" })
                Assert.That((await each.FindAsync(key)).Value, Is.Null);
        }
        Assert.That(cache.Cache.Core.Chain.Lower[0].Pending.EverythingBefore, Is.Zero, "the tier was swept");
    }

    [Test]
    public async Task A_sweep_that_fails_is_made_again_and_its_pattern_is_remembered_until_then()
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time));
        TestCache cache = await cluster.AddAsync();
        await cache.Hybrid.SetAsync(Key, "old", new TieredEntryOptions { Expiration = TimeSpan.FromHours(1) });
        cluster.Tick();
        var script = new TierScript(cluster.Shared);
        script.Fail(InMemoryTier.RemoveByPattern);
        await RunAsync(cache, "pattern");
        for (int i = 0; i < 90; i++)
        {
            cluster.Time.Advance(Retry);
            await cluster.SettleAsync();
        }
        Assert.That((await cache.FindAsync(Key)).Value, Is.Null);
        Assert.That(cache.Cache.Core.Chain.Tags.Patterns, Has.Count.EqualTo(1));

        script.Repair();
        for (int i = 0; i < 3; i++)
        {
            cluster.Time.Advance(Retry);
            await cluster.SettleAsync();
        }

        Assert.That(cluster.Shared.Keys, Does.Not.Contain(Key));
        Assert.That(cache.Cache.Core.Chain.Tags.Patterns, Is.Empty);
    }

    [Test]
    public async Task A_sweep_leaves_tag_records_alone()
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time));
        TestCache cache = await cluster.AddAsync();
        await cache.Hybrid.RemoveByTagAsync(Tag);
        await cache.Hybrid.SetAsync(Key, "v");

        await cache.Cache.ClearAsync();
        await cluster.SettleAsync();

        Assert.That(cluster.Shared.Keys, Is.EqualTo(new[] { "__MSFT_HCT__*", "__MSFT_HCT__" + Tag }));
    }

    [Test]
    public async Task A_read_fault_is_a_miss_and_is_counted_as_a_fault()
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        new TierScript(cluster.Shared).Fail(InMemoryTier.Read, InMemoryTier.ReadVersion, InMemoryTier.ReadMany);

        string value = await cache.ComputeAsync("k", () => Task.FromResult("v"));
        IReadOnlyDictionary<string, string> many = await cache.Cache.GetManyAsync<string>(["a", "b"]);
        await cache.SettleAsync();

        Assert.That((value, many.Count, cache.Statistics.Tiers[1].ReadFaults), Is.EqualTo(("v", 0, 3)));
        Assert.That(cluster.Shared.Keys, Does.Not.Contain("k"), "what was there is not known, so nothing is written");
    }

    [Test]
    public async Task When_no_tier_takes_a_value_the_caller_is_told()
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync();
        new TierScript(cluster.Shared).Fail(InMemoryTier.Write);

        Assert.That(
            () => cache.Hybrid.SetAsync("k", "v", new TieredEntryOptions { Flags = Microsoft.Extensions.Caching.Hybrid.HybridCacheEntryFlags.DisableLocalCacheWrite }).AsTask(),
            Throws.InvalidOperationException);
    }

    [Test]
    public async Task Without_a_backplane_failed_removals_are_tried_again_all_the_same()
    {
        var time = new ManualTimeProvider();
        var tier = new InMemoryTier(time);
        await using TestCache cache = TestCache.Create(time, null, (ICacheTier)tier);
        await cache.Hybrid.SetAsync("k", "v");
        var script = new TierScript(tier);
        script.Fail(InMemoryTier.Remove);
        Assert.That(() => cache.Hybrid.RemoveAsync("k").AsTask(), Throws.TypeOf<InvalidationIncompleteException>());

        script.Repair();
        await cache.ReceiveAsync();

        Assert.That(tier.Keys, Is.Empty);
    }
}
