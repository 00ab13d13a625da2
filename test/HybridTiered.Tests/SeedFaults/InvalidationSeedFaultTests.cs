using HybridTiered.Chain;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests.SeedFaults;

/// <summary>Known faults of this product's predecessor around invalidation. Each test runs two instances, each with an L1 of its own, on one shared tier.</summary>
[TestFixture, Category("Unit")]
public sealed class InvalidationSeedFaultTests
{
    private static readonly HybridCacheEntryOptions BypassingL1 = new() { Flags = HybridCacheEntryFlags.DisableLocalCacheRead };

    private ManualTimeProvider _time = null!;
    private InMemoryTier _shared = null!;
    private InProcessBackplane _hub = null!;
    private InProcessConnection _connectionOfB = null!;
    private TestCache _a = null!;
    private TestCache _b = null!;

    [SetUp]
    public async Task CreateTwoInstances()
    {
        _time = new ManualTimeProvider();
        _shared = new InMemoryTier(_time);
        _hub = new InProcessBackplane(_time);
        _connectionOfB = _hub.Connect();
        _a = TestCache.Create(_time, _hub, _shared);
        _b = TestCache.Create(_time, b => b.AddTier("shared", _ => _shared).UseBackplane(_ => _connectionOfB));
        await _a.SettleAsync();
        await _b.SettleAsync();
    }

    [TearDown]
    public async Task DisposeThem()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Test]
    public async Task F07_A_reader_during_an_invalidation_does_not_bring_the_old_value_back()
    {
        await _a.Hybrid.SetAsync("k", "old");
        var held = new HeldOperation(_shared, InMemoryTier.Remove, "k");
        Task removing = _a.Hybrid.RemoveAsync("k").AsTask();
        await held.Reached;

        await _a.Hybrid.GetOrCreateAsync("k", new Source<string>("new").ComputeAsync, BypassingL1);
        held.Release();
        await removing;
        await _a.SettleAsync();

        Assert.That((await _a.Cache.TryGetAsync<string>("k")).Value, Is.Not.EqualTo("old"));
        Assert.That((await _b.Cache.TryGetAsync<string>("k")).Value, Is.Not.EqualTo("old"));
    }

    [Test]
    public async Task F07_A_tier_that_fails_is_not_reported_as_success()
    {
        await _a.Hybrid.SetAsync("k", "old");
        _shared.Before = (operation, _) => operation == InMemoryTier.Remove ? throw new IOException("broken") : default;

        Assert.That(async () => await _a.Hybrid.RemoveAsync("k"), Throws.InstanceOf<InvalidationIncompleteException>());
    }

    [Test]
    public async Task F08_An_instance_does_not_process_its_own_messages()
    {
        await _a.Cache.UpdateAsync("k", "v");
        await _a.SettleAsync();

        Assert.That(await _a.Cache.TryGetAsync<string>("k"), Is.EqualTo(new CacheResult<string>(true, "v", 1)));
        Assert.That(_a.Statistics.Invalidations.Received.Values.Sum(), Is.Zero);
    }

    [Test]
    public async Task F08_A_receiver_does_not_touch_the_shared_tier()
    {
        await _a.Hybrid.SetAsync("k", "v");
        await _b.SettleAsync();
        await _b.Cache.TryGetAsync<string>("k");
        Func<(int, int, int, int)> changes = () => (
            _shared.Count(InMemoryTier.Write), _shared.Count(InMemoryTier.WriteIfUnchanged), _shared.Count(InMemoryTier.Remove),
            _shared.Count(InMemoryTier.RemoveMany));
        await _a.Hybrid.RemoveAsync("k");
        await _a.Hybrid.RemoveAsync(["k", "l"]);
        await _a.Cache.UpdateAsync("m", "v");
        (int, int, int, int) before = changes();

        await _b.SettleAsync();

        Assert.That(changes(), Is.EqualTo(before));
        Assert.That(_b.Statistics.Invalidations.Received.Values.Sum(), Is.EqualTo(4));
    }

    [Test]
    public async Task F08_A_late_removal_does_not_delete_a_fresh_value()
    {
        InvalidationMessage late = await CaptureAsync(() => _a.Hybrid.RemoveAsync("k"));
        await _b.Hybrid.SetAsync("k", "fresh");

        await DeliverAsync(late);

        Assert.That(await _b.Cache.TryGetAsync<string>("k"), Is.EqualTo(new CacheResult<string>(true, "fresh", 1)));
        Assert.That((await _a.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("fresh"));
    }

    [Test]
    public async Task F09_Messages_sent_while_an_instance_is_disconnected_are_not_lost()
    {
        await _a.Hybrid.SetAsync("k", "old", tags: ["t"]);
        await _a.Hybrid.SetAsync("tagged", "old", tags: ["t"]);
        await _b.SettleAsync();
        await _b.Cache.GetManyAsync<string>(["k", "tagged"]);
        _connectionOfB.Disconnect();
        await _a.Hybrid.SetAsync("k", "new");
        await _a.Hybrid.RemoveByTagAsync("t");
        Assert.That((await _b.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("old"), "nothing can be known yet");

        _connectionOfB.Reconnect();
        await _b.SettleAsync();

        Assert.That((await _b.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("new"));
        Assert.That((await _b.Cache.TryGetAsync<string>("tagged")).Found, Is.False);
    }

    [Test]
    public async Task F09_A_silently_lost_message_does_not_leave_L1_stale_for_good()
    {
        await _a.Hybrid.SetAsync("k", "old");
        await _b.SettleAsync();
        await _b.Cache.TryGetAsync<string>("k");
        _connectionOfB.LosesMessages = true;
        await _a.Hybrid.SetAsync("k", "new");

        _time.Advance(TimeSpan.FromSeconds(5));
        await _b.SettleAsync();

        Assert.That((await _b.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("new"));
    }

    [Test]
    public async Task F09_What_was_read_before_the_subscription_was_live_does_not_stay()
    {
        InProcessConnection connection = _hub.Connect();
        connection.Disconnect();
        await using TestCache late = TestCache.Create(_time, b => b.AddTier("shared", _ => _shared).UseBackplane(_ => connection));
        await _a.Hybrid.SetAsync("k", "old");
        await late.Cache.TryGetAsync<string>("k");
        Assert.That(late.Statistics.Invalidations.IsConnected, Is.False);
        await _a.Hybrid.SetAsync("k", "new");

        connection.Reconnect();
        _time.Advance(TimeSpan.FromSeconds(30));
        await late.SettleAsync();

        Assert.That(late.Statistics.Invalidations.IsConnected, Is.True);
        Assert.That((await late.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("new"));
    }

    [Test]
    public async Task F10_A_late_update_does_not_overwrite_a_newer_value()
    {
        await _a.Cache.UpdateAsync("k", "first");
        await _b.SettleAsync();
        InvalidationMessage late = await CaptureAsync(() => _a.Cache.UpdateAsync("k", "late"));
        await _a.Cache.UpdateAsync("k", "newest");
        await _b.SettleAsync();

        await DeliverAsync(late);

        Assert.That((await _b.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("newest"));
    }

    [Test]
    public async Task F10_A_late_update_does_not_bring_a_removed_value_back()
    {
        InvalidationMessage late = await CaptureAsync(() => _a.Cache.UpdateAsync("k", "late"));
        await _a.Hybrid.RemoveAsync("k");
        await _b.SettleAsync();

        await DeliverAsync(late);

        Assert.That((await _b.Cache.TryGetAsync<string>("k")).Found, Is.False);
    }

    [Test]
    public async Task F10_A_life_of_less_than_a_second_is_not_pushed_as_none()
    {
        await _a.Cache.UpdateAsync("k", "v", CacheStrategy.Custom(TimeSpan.FromMilliseconds(400)));
        await _b.SettleAsync();

        _time.Advance(TimeSpan.FromMilliseconds(399));
        Assert.That((await _b.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(1));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That((await _b.Cache.TryGetAsync<string>("k")).Found, Is.False);
    }

    [Test]
    public async Task F11_A_pattern_is_not_without_effect_on_tiers_that_cannot_search()
    {
        await using TestCache a = TestCache.Create(_time, _hub, MemoryDistributed.CreateTier(_time));
        await a.Hybrid.SetAsync("user:1", "v");
        await a.Hybrid.SetAsync("item:1", "v");

        await a.Cache.RemoveByPatternAsync("user:*");

        Assert.That((await a.Cache.GetManyAsync<string>(["user:1", "item:1"])).Keys, Is.EqualTo(new[] { "item:1" }));
    }

    [Test]
    public async Task F11_A_tier_that_fails_does_not_keep_the_others_from_being_told()
    {
        await _a.Hybrid.SetAsync("k", "v", tags: ["t"]);
        await _b.SettleAsync();
        foreach (Func<ValueTask> invalidate in new Func<ValueTask>[]
        {
            () => _a.Hybrid.RemoveAsync("k"),
            () => _a.Hybrid.RemoveAsync(["k", "l"]),
            () => _a.Hybrid.RemoveByTagAsync("t"),
            () => _a.Cache.ClearAsync(),
        })
        {
            long before = _b.Statistics.Invalidations.Received.Values.Sum();
            _shared.Before = (operation, _) => operation is InMemoryTier.Remove or InMemoryTier.RemoveMany or InMemoryTier.Write ? throw new IOException("broken") : default;

            Assert.That(async () => await invalidate(), Throws.InstanceOf<InvalidationIncompleteException>());
            await _b.SettleAsync();

            Assert.That(_b.Statistics.Invalidations.Received.Values.Sum(), Is.EqualTo(before + 1));
        }
    }

    [Test]
    public async Task F16_A_removal_does_not_delete_a_value_that_was_written_after_it()
    {
        await _a.Hybrid.SetAsync("k", "old");
        await _b.SettleAsync();
        var held = new HeldOperation(_shared, InMemoryTier.Remove, "k");
        Task removing = _a.Hybrid.RemoveAsync("k").AsTask();
        await held.Reached;
        Task setting = _a.Hybrid.SetAsync("k", "new").AsTask();
        held.Release();
        await Task.WhenAll(removing, setting);
        await _b.SettleAsync();

        Assert.That((await _a.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("new"));
        Assert.That((await _b.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("new"));
    }

    [Test]
    public async Task F24_Two_instances_with_tiers_of_their_own_above_a_shared_one_stay_coherent()
    {
        var ownA = new InMemoryMachineTier(_time);
        var ownB = new InMemoryMachineTier(_time);
        await using TestCache a = TestCache.Create(_time, _hub, ownA, _shared);
        await using TestCache b = TestCache.Create(_time, _hub, ownB, _shared);
        await a.SettleAsync();
        await b.SettleAsync();
        await a.Hybrid.SetAsync("k", "old");
        await b.SettleAsync();
        await b.Cache.TryGetAsync<string>("k");
        await b.SettleAsync();
        Assert.That((ownA.Keys.Single(), ownB.Keys.Single()), Is.EqualTo(("k", "k")));

        await a.Hybrid.RemoveAsync("k");
        await b.SettleAsync();

        Assert.That((ownA.Keys.Count, ownB.Keys.Count, _shared.Keys.Count), Is.EqualTo((0, 0, 0)));
        Assert.That((await b.Cache.TryGetAsync<string>("k")).Found, Is.False);
    }

    /// <summary>Sends an invalidation of one instance that the other does not get for now.</summary>
    private async Task<InvalidationMessage> CaptureAsync(Func<ValueTask> invalidate)
    {
        InProcessConnection observer = _hub.Connect();
        var seen = new Observer();
        await observer.SubscribeAsync(seen, CancellationToken.None);
        _connectionOfB.LosesMessages = true;
        await invalidate();
        _connectionOfB.LosesMessages = false;
        await observer.DisposeAsync();
        return seen.Last!;
    }

    private async Task DeliverAsync(InvalidationMessage message)
    {
        await using InProcessConnection connection = _hub.Connect();
        await connection.PublishAsync(message, CancellationToken.None);
        await _b.SettleAsync();
    }

    private sealed class Observer : IBackplaneReceiver
    {
        public InvalidationMessage? Last { get; private set; }

        public void Receive(ReceivedInvalidation received) => Last = received.Message;

        public void ReceiveMalformed()
        {
        }

        public void ConnectionLost()
        {
        }

        public void ConnectionRestored()
        {
        }
    }
}
