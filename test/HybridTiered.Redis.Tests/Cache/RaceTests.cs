using HybridTiered.Redis.Tests.Cache.Support;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary>An old value on its way into the tiers meets an invalidation, at each point of the way. Afterwards no tier has it.</summary>
[TestFixture]
[Category("Redis")]
public class RaceTests : RedisCacheFixture
{
    private const string Key = "item:1";

    public enum Invalidation
    {
        Remove,
        RemoveMany,
        RemoveBytes,
        Tag,
        Wildcard,
        Clear,
        Pattern,
        Set,
        Update,
    }

    [Test]
    public async Task Invalidation_during_a_computation_keeps_its_result_out_of_every_tier([Values] Invalidation invalidation, [Values] bool elsewhere)
    {
        CacheInstance computing = await StartAsync();
        CacheInstance other = await StartAsync();
        var gate = new Gate();
        ValueTask<string> caller = computing.GetAsync(Key, () => OldAfterAsync(gate), "items");
        await gate.Reached;

        await InvalidateAsync(elsewhere ? other : computing, invalidation);
        await (elsewhere ? computing : other).ReceivedAsync(1);
        gate.Open();

        Assert.That(await caller, Is.EqualTo("old"));
        await computing.QuietAsync();
        await AssertOldIsNowhereAsync(invalidation, computing, other);
    }

    [TestCase(Invalidation.Remove)]
    [TestCase(Invalidation.RemoveMany)]
    [TestCase(Invalidation.RemoveBytes)]
    [TestCase(Invalidation.Set)]
    [TestCase(Invalidation.Update)]
    public async Task Redis_refuses_the_result_of_a_computation_that_never_heard_of_the_invalidation(Invalidation invalidation)
    {
        CacheInstance computing = await StartHookedAsync();
        CacheInstance other = await StartAsync();
        var gate = new Gate();
        ValueTask<string> caller = computing.GetAsync(Key, () => OldAfterAsync(gate), "items");
        await gate.Reached;
        computing.Backplane.LosesMessages = true;

        await InvalidateAsync(other, invalidation);
        gate.Open();

        Assert.That(await caller, Is.EqualTo("old"));
        await computing.QuietAsync();
        Assert.That(computing.Received, Is.Zero);
        Assert.That(computing.Statistics.Tiers[1].WritesRefused, Is.EqualTo(1));
        await AssertOldIsNowhereAsync(invalidation, computing, other);
    }

    [TestCase(Invalidation.Tag)]
    [TestCase(Invalidation.Wildcard)]
    public async Task Result_of_a_computation_that_never_heard_of_its_tag_is_dead_for_all_others(Invalidation invalidation)
    {
        CacheInstance computing = await StartHookedAsync();
        CacheInstance other = await StartAsync();
        var gate = new Gate();
        ValueTask<string> caller = computing.GetAsync(Key, () => OldAfterAsync(gate), "items");
        await gate.Reached;
        computing.Backplane.LosesMessages = true;

        await InvalidateAsync(other, invalidation);
        gate.Open();
        await caller;
        await computing.QuietAsync();

        Assert.That(await IsInRedisAsync(Key), Is.True, "as logical invalidation leaves it there");
        await AssertMissingAsync(other, await StartAsync());
    }

    [Test]
    public async Task Invalidation_between_a_read_of_Redis_and_the_write_to_L1_keeps_the_value_out([Values] Invalidation invalidation, [Values] bool elsewhere)
    {
        CacheInstance reading = await StartHookedAsync();
        CacheInstance other = await StartAsync();
        await other.GetAsync(Key, "old", "items");
        await other.QuietAsync();
        Gate gate = reading.Tiers[0].HoldAfter(TierStep.Read, Key);
        Task<CacheResult<string>> caller = reading.FindAsync(Key).AsTask();
        await gate.Reached;

        await InvalidateAsync(elsewhere ? other : reading, invalidation);
        await (elsewhere ? reading : other).ReceivedAsync(1);
        gate.Open();

        await caller;
        await reading.QuietAsync();
        await AssertOldIsNowhereAsync(invalidation, reading, other);
    }

    [Test]
    public async Task Value_read_before_a_removal_and_kept_before_its_message_goes_with_the_message()
    {
        CacheInstance reading = await StartHookedAsync();
        CacheInstance removing = await StartHookedAsync();
        await reading.GetAsync(Key, "old");
        await reading.QuietAsync();
        Gate gate = removing.Tiers[0].HoldAfter(TierStep.Remove, Key);

        Task removal = removing.Cache.RemoveAsync(Key).AsTask();
        await gate.Reached;
        Assert.That((await reading.FindAsync(Key)).Level, Is.EqualTo(1), "the removal has not ended");
        gate.Open();
        await removal;
        await reading.ReceivedAsync(1);

        await AssertOldIsNowhereAsync(Invalidation.Remove, reading, removing);
    }

    // An update is under way to an instance that reads the value after it meanwhile: in a flight that has not ended, or without keeping it in L1.
    [Test]
    public async Task Late_update_does_not_replace_a_newer_value_that_was_seen([Values] bool inFlight)
    {
        CacheInstance slow = await StartHookedAsync();
        CacheInstance reading = await StartHookedAsync();
        CacheInstance setter = await StartAsync(o => o.DefaultBroadcast = BroadcastMode.None);
        var late = new Gate();
        slow.Backplane.BeforePublish = late.PassAsync;
        Task update = slow.Cache.UpdateAsync(Key, "older").AsTask();
        await late.Reached;
        await setter.Cache.SetAsync(Key, "newer");
        Gate? flight = inFlight ? reading.Tiers[0].HoldAfter(TierStep.Read, Key) : null;
        var options = new TieredEntryOptions { Promote = inFlight };
        Task<CacheResult<string>> read = reading.Cache.TryGetAsync<string>(Key, options).AsTask();
        await (flight?.Reached ?? read);

        late.Open();
        await update;
        await reading.ReceivedAsync(1);
        flight?.Open();

        Assert.That((await read).Value, Is.EqualTo("newer"));
        await reading.QuietAsync();
        Assert.That((await reading.FindAsync(Key)).Value, Is.EqualTo("newer"));
    }

    [Test]
    public async Task Computation_that_starts_after_an_invalidation_is_kept([Values] Invalidation invalidation)
    {
        CacheInstance first = await StartAsync();
        CacheInstance second = await StartAsync();
        await InvalidateAsync(first, invalidation);
        await first.Cache.RemoveAsync(Key);
        await second.ReceivedAsync(2);
        await first.QuietAsync();

        await first.GetAsync(Key, "fresh", "items");
        await first.QuietAsync();

        Assert.That((await first.FindAsync(Key)).Level, Is.EqualTo(1));
        Assert.That(await second.FindAsync(Key), Is.EqualTo(new CacheResult<string>(true, "fresh", 2)));
        Assert.That((await second.FindAsync(Key)).Level, Is.EqualTo(1));
    }

    private static async Task<string> OldAfterAsync(Gate gate)
    {
        await gate.PassAsync();
        return "old";
    }

    private static async Task InvalidateAsync(CacheInstance instance, Invalidation invalidation) =>
        await (invalidation switch
        {
            Invalidation.Remove => instance.Cache.RemoveAsync(Key),
            Invalidation.RemoveMany => instance.Cache.RemoveAsync([Key, "item:2"]),
            Invalidation.RemoveBytes => new ValueTask(instance.Distributed.RemoveAsync(Key)),
            Invalidation.Tag => instance.Cache.RemoveByTagAsync("items"),
            Invalidation.Wildcard => instance.Cache.RemoveByTagAsync("*"),
            Invalidation.Clear => instance.Cache.ClearAsync(),
            Invalidation.Pattern => instance.Cache.RemoveByPatternAsync("item:*"),
            Invalidation.Set => instance.Cache.SetAsync(Key, "new"),
            Invalidation.Update => instance.Cache.UpdateAsync(Key, "new"),
            _ => throw new ArgumentOutOfRangeException(nameof(invalidation), invalidation, null),
        });

    private async Task AssertOldIsNowhereAsync(Invalidation invalidation, params CacheInstance[] instances)
    {
        await Task.WhenAll(instances.Select(i => i.QuietAsync()));
        CacheInstance newcomer = await StartAsync();
        if (invalidation is Invalidation.Set or Invalidation.Update)
        {
            foreach (CacheInstance instance in instances.Append(newcomer))
                Assert.That((await instance.FindAsync(Key)).Value, Is.EqualTo("new"));
            return;
        }
        await AssertMissingAsync([.. instances, newcomer]);
        // Tags and the wildcard are times: what they killed may lie in Redis, where nobody takes it for alive.
        if (invalidation is not (Invalidation.Tag or Invalidation.Wildcard))
            Assert.That(await IsInRedisAsync(Key), Is.False);
    }

    private static async Task AssertMissingAsync(params CacheInstance[] instances)
    {
        foreach (CacheInstance instance in instances)
            Assert.That((await instance.FindAsync(Key)).Found, Is.False);
    }
}
