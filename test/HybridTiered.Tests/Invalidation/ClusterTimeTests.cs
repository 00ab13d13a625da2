using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using static HybridTiered.Tests.Support.Invalidations;

namespace HybridTiered.Tests.Invalidation;

/// <summary>Rule 7: clocks an hour apart do not matter, and times that are learnt are kept as long as they matter.</summary>
[TestFixture, Category("Unit")]
public sealed class ClusterTimeTests
{
    private static readonly string[] Logical = ["tag", "pattern", "clear", "everything"];

    [Test]
    public async Task Instances_whose_clocks_are_an_hour_apart_invalidate_each_others_entries_and_nothing_newer(
        [ValueSource(nameof(Logical))] string kind, [Values(-1, 1)] int hours, [Values] bool wrongOneInvalidates)
    {
        await using var cluster = new Cluster();
        TestCache right = await cluster.AddAsync();
        TestCache wrong = await cluster.AddAsync(time: ClockAt(cluster, hours));
        (TestCache writer, TestCache invalidating) = wrongOneInvalidates ? (right, wrong) : (wrong, right);
        await writer.Hybrid.SetAsync(Key, "old", tags: [Tag]);
        await cluster.SettleAsync();
        cluster.Tick();

        await RunAsync(invalidating, kind);
        await cluster.SettleAsync();

        foreach (TestCache cache in new[] { right, wrong, await cluster.AddAsync() })
            Assert.That((await cache.FindAsync(Key)).Value, Is.Null);
        cluster.Tick();
        await writer.ComputeAsync(Key, () => Task.FromResult("new"), [Tag]);
        await cluster.SettleAsync();
        foreach (TestCache cache in new[] { right, wrong, await cluster.AddAsync() })
            Assert.That((await cache.FindAsync(Key)).Value, Is.EqualTo("new"));
    }

    [Test]
    public async Task The_very_first_operation_of_an_instance_is_on_the_clusters_clock([ValueSource(nameof(Logical))] string kind, [Values(-1, 1)] int hours)
    {
        await using var cluster = new Cluster();
        TestCache right = await cluster.AddAsync();
        await right.Hybrid.SetAsync(Key, "old", tags: [Tag]);
        await cluster.SettleAsync();
        cluster.Tick();
        TestCache wrong = cluster.Add(time: ClockAt(cluster, hours));

        await RunAsync(wrong, kind);
        await cluster.SettleAsync();
        Assert.That((await right.FindAsync(Key)).Value, Is.Null);
        cluster.Tick();
        await right.Hybrid.SetAsync(Key, "new", tags: [Tag]);
        await cluster.SettleAsync();

        Assert.That((await right.FindAsync(Key), (await wrong.FindAsync(Key)).Value), Is.EqualTo((("new", 1), "new")));
    }

    [Test]
    public async Task What_is_made_before_the_clock_is_known_reaches_no_other_instance_with_a_wrong_time([Values(-1, 1)] int hours, [Values] bool set)
    {
        await using var cluster = new Cluster();
        TestCache right = await cluster.AddAsync();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        HeldOperation clock = backplane.Hold(ScriptedBackplane.ReadTime);
        TestCache wrong = cluster.Add(backplane: backplane, time: ClockAt(cluster, hours));
        Task writing = set
            ? wrong.Hybrid.SetAsync(Key, "v", tags: [Tag]).AsTask()
            : wrong.ComputeAsync(Key, () => Task.FromResult("v"), [Tag]);
        await clock.Reached;
        Assert.That(cluster.Shared.Keys, Does.Not.Contain(Key));
        clock.Release();
        await writing;
        await cluster.SettleAsync();
        cluster.Tick();

        await RunAsync(right, "tag");
        await cluster.SettleAsync();

        foreach (TestCache cache in new[] { right, wrong })
            Assert.That((await cache.FindAsync(Key)).Value, Is.Null);
    }

    [Test]
    public async Task A_clock_that_is_not_heard_of_holds_a_computation_up_for_a_moment_only()
    {
        await using var cluster = new Cluster();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        HeldOperation clock = backplane.Hold(ScriptedBackplane.ReadTime);
        TestCache cache = cluster.Add(backplane: backplane);

        Task<string> computation = cache.ComputeAsync(Key, () => Task.FromResult("v"));
        await clock.Reached;
        cluster.Time.Advance(TimeSpan.FromMilliseconds(250));

        Assert.That(await computation, Is.EqualTo("v"));
        Assert.That(await cache.FindAsync(Key), Is.EqualTo(("v", 1)));
        clock.Release();
    }

    [Test]
    public async Task Times_learnt_before_the_clock_was_known_stay_right([Values(-1, 1)] int hours)
    {
        await using var cluster = new Cluster();
        TestCache right = await cluster.AddAsync();
        await RunAsync(right, "everything");
        cluster.Tick();
        await right.Hybrid.SetAsync(Key, "v", tags: [Tag]);
        await cluster.SettleAsync();
        cluster.Tick();
        var backplane = new ScriptedBackplane(cluster.Hub.Connect());
        HeldOperation clock = backplane.Hold(ScriptedBackplane.ReadTime);
        TestCache wrong = cluster.Add(backplane: backplane, time: ClockAt(cluster, hours));
        Task first = wrong.FindAsync(Key);
        await clock.Reached;

        clock.Release();
        await first;
        await cluster.SettleAsync();

        Assert.That((await wrong.FindAsync(Key)).Value, Is.EqualTo("v"), "the record of everything is older");
        await wrong.Hybrid.SetAsync("new", "v");
        Assert.That((await wrong.FindAsync("new")).Level, Is.EqualTo(1));
    }

    [Test]
    public async Task A_clock_that_steps_while_the_application_runs_neither_revives_nor_kills_anything([ValueSource(nameof(Logical))] string kind, [Values] bool backwards)
    {
        await using var cluster = new Cluster();
        var clock = new SteppingTimeProvider(cluster.Time);
        TestCache right = await cluster.AddAsync();
        TestCache stepping = await cluster.AddAsync(time: clock);
        await right.Hybrid.SetAsync(Key, "old", tags: [Tag]);
        await cluster.SettleAsync();
        cluster.Tick();
        await RunAsync(stepping, kind);
        await cluster.SettleAsync();
        cluster.Tick();
        await right.Hybrid.SetAsync("user:9", "valid", tags: [Tag]);
        await cluster.SettleAsync();

        clock.Step(TimeSpan.FromHours(backwards ? -1 : 1));
        cluster.Time.Advance(TimeSpan.FromSeconds(5));
        await cluster.SettleAsync();

        Assert.That(((await stepping.FindAsync(Key)).Value, (await stepping.FindAsync("user:9")).Value), Is.EqualTo(((string?)null, "valid")));
        await stepping.Hybrid.SetAsync(Key, "new", tags: [Tag]);
        Assert.That(await stepping.FindAsync(Key), Is.EqualTo(("new", 1)));
    }

    [Test]
    public async Task A_pattern_is_remembered_for_as_long_as_a_computation_may_write_and_then_forgotten()
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time));
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync();
        var factory = new HeldOperation();
        Task<string> computation = b.ComputeAsync(Key, async () =>
        {
            await factory.PassAsync();
            return "old";
        });
        await factory.Reached;
        cluster.Tick();
        await RunAsync(a, "pattern");
        await cluster.SettleAsync();
        for (int i = 0; i < 70; i++)
        {
            cluster.Time.Advance(TimeSpan.FromSeconds(1));
            await cluster.SettleAsync();
        }

        Assert.That((a.Cache.Core.Chain.Tags.Patterns.Count, b.Cache.Core.Chain.Tags.Patterns.Count), Is.EqualTo((0, 1)), "b still computes");
        factory.Release();
        await computation;
        await cluster.SettleAsync();
        cluster.Time.Advance(TimeSpan.FromSeconds(1));
        await cluster.SettleAsync();
        Assert.That(b.Cache.Core.Chain.Tags.Patterns, Is.Empty);
        Assert.That((await b.FindAsync(Key)).Value, Is.Null);
    }

    [Test]
    public async Task A_pattern_is_never_forgotten_where_a_tier_cannot_be_swept([Values] bool readOnly)
    {
        var time = new ManualTimeProvider();
        ICacheTier tier = readOnly ? new InMemoryTier(time) : MemoryDistributed.CreateTier(time);
        await using TestCache writer = TestCache.Create(time, null, tier);
        await using TestCache cache = TestCache.Create(time, b => b.AddTier("tier", _ => tier, o => o.ReadOnly = readOnly));
        await writer.Hybrid.SetAsync(Key, "old", new TieredEntryOptions { Expiration = TimeSpan.FromHours(1) });
        time.Advance(TimeSpan.FromSeconds(1));
        await RunAsync(cache, "pattern");
        for (int i = 0; i < 70; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await cache.ReceiveAsync();
        }

        Assert.That((await cache.FindAsync(Key)).Value, Is.Null);
    }

    [Test]
    public async Task In_a_cache_without_a_backplane_patterns_and_tags_are_forgotten_too()
    {
        var timers = new TimerRecorder();
        await using TestCache cache = TestCache.Create(timers, _ => { });
        int before = timers.Created;

        await cache.Hybrid.RemoveByTagAsync("t");

        // Nobody else would ever start the loop that forgets them.
        Assert.That(timers.Created - before, Is.EqualTo(1));
    }

    [Test]
    public async Task A_stored_tag_time_is_read_again_without_a_backplane()
    {
        var time = new ManualTimeProvider();
        var tier = new InMemoryTier(time);
        await using TestCache a = TestCache.Create(time, null, (ICacheTier)tier);
        await using TestCache b = TestCache.Create(time, null, (ICacheTier)tier);
        await a.Hybrid.SetAsync(Key, "old", tags: [Tag]);
        Assert.That((await b.FindAsync(Key)).Value, Is.EqualTo("old"));
        b.Cache.Core.Chain.Memory.Remove(Key);
        time.Advance(TimeSpan.FromSeconds(1));

        await RunAsync(a, "tag");
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.That((await b.FindAsync(Key)).Value, Is.Null);
    }

    private static SteppingTimeProvider ClockAt(Cluster cluster, int hours)
    {
        var clock = new SteppingTimeProvider(cluster.Time);
        clock.Step(TimeSpan.FromHours(hours));
        return clock;
    }
}
