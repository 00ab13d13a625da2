using System.Buffers.Binary;
using HybridTiered.Redis.Tests.Cache.Support;
using HybridTiered.TestServers.Processes;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary>Three machines: one an hour ahead, one an hour behind, one right. Times are compared all the same.</summary>
[TestFixture]
[Category("Redis")]
public class ClockTests : RedisCacheFixture
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public enum Invalidation
    {
        Tag,
        Wildcard,
        Pattern,
    }

    [Test]
    public async Task What_was_made_before_an_invalidation_is_dead_and_what_is_made_after_it_lives([Values] Invalidation invalidation)
    {
        CacheInstance[] machines = await StartAllAsync();
        long messages = 0;
        foreach (CacheInstance maker in machines)
        {
            foreach (CacheInstance invalidator in machines)
            {
                string key = $"item:{messages}";
                await maker.GetAsync(key, "old", "items");
                await maker.QuietAsync();
                foreach (CacheInstance machine in machines)
                    Assert.That((await machine.FindAsync(key)).Found, Is.True);
                await Task.WhenAll(machines.Select(m => m.QuietAsync()));

                await InvalidateAsync(invalidator, invalidation);
                messages++;
                await Task.WhenAll(machines.Select(m => Eventually.TrueAsync(
                    () => m.Received + m.Invalidations.Sent.Values.Sum() == messages, "the message")));

                foreach (CacheInstance machine in machines)
                    Assert.That((await machine.FindAsync(key)).Found, Is.False);
                // What is made while Redis is still being swept for a pattern may be swept with it; it is computed again then.
                await Task.WhenAll(machines.Select(m => m.QuietAsync()));
                await maker.GetAsync(key, "new", "items");
                await Task.WhenAll(machines.Select(m => m.QuietAsync()));
                foreach (CacheInstance machine in machines)
                    Assert.That((await machine.FindAsync(key)).Value, Is.EqualTo("new"));
                await Task.WhenAll(machines.Select(m => m.QuietAsync()));
            }
        }
    }

    [Test]
    public async Task Entries_live_as_long_as_they_are_to_on_every_machine()
    {
        CacheInstance[] machines = await StartAllAsync();
        var life = new TieredEntryOptions { Expiration = TimeSpan.FromSeconds(2) };
        foreach (CacheInstance maker in machines)
        {
            string key = $"by {Array.IndexOf(machines, maker)}";
            await maker.Cache.SetAsync(key, "value", life);
            foreach (CacheInstance machine in machines)
                Assert.That((await machine.FindAsync(key)).Found, Is.True);
            TimeSpan? left = await (await DirectAsync()).KeyTimeToLiveAsync(Prefix + key);
            Assert.That(left, Is.GreaterThan(TimeSpan.FromSeconds(1)).And.LessThanOrEqualTo(TimeSpan.FromSeconds(2)));
        }

        long start = TimeProvider.System.GetTimestamp();
        foreach (CacheInstance machine in machines)
        {
            for (int i = 0; i < machines.Length; i++)
                await Eventually.TrueAsync(async () => !(await machine.FindAsync($"by {i}")).Found, "expired");
        }
        Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(2.5)));
    }

    [Test]
    public async Task Entries_and_tag_records_bear_the_time_of_the_server([Values(-1, 1)] int hours)
    {
        CacheInstance machine = await StartAsync(time: new OffsetTimeProvider(Hour * hours));
        await machine.Cache.SetAsync("k", "value", tags: ["t"]);
        await machine.Cache.RemoveByTagAsync("t");

        IDatabase direct = await DirectAsync();
        byte[] entry = (await direct.HashGetAsync(Prefix + "k", "data"))!;
        byte[] record = (await direct.HashGetAsync($"{Prefix}__MSFT_HCT__t", "data"))!;
        long now = TimeProvider.System.GetUtcNow().UtcTicks;
        Assert.That(BinaryPrimitives.ReadInt64LittleEndian(entry.AsSpan(4)), Is.EqualTo(now).Within(TimeSpan.TicksPerSecond * 5));
        Assert.That(BinaryPrimitives.ReadInt64LittleEndian(record), Is.EqualTo(now).Within(TimeSpan.TicksPerSecond * 5));
    }

    // A question takes up to a second and its answer no time, so the clock is taken to be half a second further on than it is. Each takes a little less than
    // the one before, so that the last is the one believed.
    [Test]
    public async Task What_a_badly_measured_clock_leaves_uncertain_lets_no_entry_outlive_an_invalidation()
    {
        var slow = new OffsetTimeProvider(TimeSpan.Zero);
        CacheInstance maker = CreateHooked(time: slow);
        int milliseconds = 1000;
        maker.Backplane.BeforeReadTime = () =>
        {
            slow.Advance(TimeSpan.FromMilliseconds(milliseconds -= 10));
            return Task.CompletedTask;
        };
        await maker.StartAsync();
        CacheInstance invalidator = await StartAsync();
        await maker.GetAsync("k", "old", "items");
        await maker.QuietAsync();

        await invalidator.Cache.RemoveByTagAsync("items");
        await maker.ReceivedAsync(1);

        Assert.That((await maker.FindAsync("k")).Found, Is.False);
        Assert.That((await invalidator.FindAsync("k")).Found, Is.False);
    }

    [Test]
    public async Task Calls_wait_until_the_time_of_the_server_is_known([Values(-1, 1)] int hours)
    {
        CacheInstance wrong = CreateHooked(time: new OffsetTimeProvider(Hour * hours));
        CacheInstance right = await StartAsync();
        await right.GetAsync("old", "old", "items");
        await right.QuietAsync();
        var asked = new Gate();
        wrong.Backplane.BeforeReadTime = asked.PassAsync;

        Task removal = wrong.Cache.RemoveByTagAsync("items").AsTask();
        Task<string> computation = wrong.GetAsync("new", "new", "others").AsTask();
        await asked.Reached;
        Assert.That(removal.IsCompleted || computation.IsCompleted, Is.False);
        asked.Open();
        await removal;
        await computation;
        await wrong.QuietAsync();
        await right.ReceivedAsync(1);

        Assert.That((await right.FindAsync("old")).Found, Is.False);
        await right.GetAsync("old", "fresh", "items");
        Assert.That((await right.FindAsync("old")).Value, Is.EqualTo("fresh"));
        Assert.That((await right.FindAsync("new")).Value, Is.EqualTo("new"));
        await right.Cache.RemoveByTagAsync("others");
        Assert.That((await right.FindAsync("new")).Found, Is.False);
    }

    [Test]
    public async Task Nothing_is_shared_and_no_tag_is_misdated_while_the_time_of_the_server_cannot_be_had()
    {
        CacheInstance wrong = CreateHooked(time: new OffsetTimeProvider(Hour));
        bool away = true;
        wrong.Backplane.BeforeReadTime = () => away ? throw new RedisException("No time.") : Task.CompletedTask;
        CacheInstance right = await StartAsync();
        await right.Cache.SetAsync("set", "older");

        await wrong.GetAsync("computed", "value", "others");
        await wrong.Cache.SetAsync("set", "value", tags: ["others"]);
        Assert.That(async () => await wrong.Cache.RemoveByTagAsync("items"), Throws.InstanceOf<Chain.InvalidationIncompleteException>());
        await wrong.QuietAsync();
        Assert.That((await wrong.FindAsync("computed")).Level, Is.EqualTo(1));
        Assert.That(await IsInRedisAsync("computed"), Is.False);
        Assert.That(await IsInRedisAsync("set"), Is.False, "the old value goes all the same");

        away = false;
        await Eventually.TrueAsync(() => wrong.Statistics is { Invalidations.IsConnected: true } s && s.Tiers[1].PendingInvalidations == 0, "carried out");
        await right.GetAsync("fresh", "fresh", "items");
        Assert.That((await right.FindAsync("fresh")).Found, Is.True, "not killed by a time an hour ahead");
        Assert.That((await (await StartAsync()).FindAsync("fresh")).Found, Is.True);
    }

    private static async Task InvalidateAsync(CacheInstance instance, Invalidation invalidation) =>
        await (invalidation switch
        {
            Invalidation.Tag => instance.Cache.RemoveByTagAsync("items"),
            Invalidation.Wildcard => instance.Cache.RemoveByTagAsync("*"),
            _ => instance.Cache.RemoveByPatternAsync("item:*"),
        });

    private async Task<CacheInstance[]> StartAllAsync() =>
        [await StartAsync(time: new OffsetTimeProvider(Hour)), await StartAsync(time: new OffsetTimeProvider(-Hour)), await StartAsync()];
}
