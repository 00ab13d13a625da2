using HybridTiered.Invalidation;
using HybridTiered.Redis.Tests.Cache.Support;
using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary>What an instance could not hear it learns from the journal, and where that does not reach back it gives up its L1.</summary>
[TestFixture]
[Category("Redis")]
public class MissedMessageTests : RedisCacheFixture
{
    private RedisServer _server = null!;

    protected override string ConnectionString => _server.EndPoint;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await RedisServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [Test]
    public async Task Instance_whose_subscription_was_cut_heals_itself_from_the_journal()
    {
        (CacheInstance cut, CacheInstance other) = await StartBothAsync();
        // Nothing is heard but what the journal tells, and that not before everything has happened.
        cut.Backplane.LosesMessages = true;
        var beforeReading = new Gate();
        cut.Backplane.BeforeReadAfter = beforeReading.PassAsync;

        await _server.CommandAsync("CLIENT KILL TYPE pubsub");
        await beforeReading.Reached;
        await InvalidateEverythingButOneAsync(other);
        beforeReading.Open();

        await cut.ReceivedAsync(4);
        await AssertOnlyOneIsLeftAsync(cut);
        Assert.That(cut.Invalidations, Has.Property("JournalGaps").Zero.And.Property("IsConnected").True);
        Assert.That(cut.Received, Is.EqualTo(4));
    }

    [Test]
    public async Task Messages_are_heard_again_after_the_subscription_was_cut()
    {
        (CacheInstance cut, CacheInstance other) = await StartBothAsync();
        long catchUps = cut.Invalidations.CatchUps;
        await _server.CommandAsync("CLIENT KILL TYPE pubsub");
        await Eventually.TrueAsync(() => cut.Invalidations.CatchUps > catchUps, "the journal was read after the reconnection");

        await InvalidateEverythingButOneAsync(other);

        await cut.ReceivedAsync(4);
        await AssertOnlyOneIsLeftAsync(cut);
    }

    [Test]
    public async Task Instance_that_missed_what_the_journal_no_longer_holds_clears_its_memory()
    {
        (CacheInstance cut, CacheInstance other) = await StartBothAsync();
        cut.Backplane.LosesMessages = true;
        var beforeReading = new Gate();
        cut.Backplane.BeforeReadAfter = beforeReading.PassAsync;

        await _server.CommandAsync("CLIENT KILL TYPE pubsub");
        await beforeReading.Reached;
        await InvalidateEverythingButOneAsync(other);
        await _server.CommandAsync($"XTRIM {Prefix}cache:invalidations MAXLEN 0");
        beforeReading.Open();

        await Eventually.TrueAsync(() => cut.Invalidations.JournalGaps == 1, "the gap was noticed");
        await Eventually.TrueAsync(() => cut.Statistics.Tiers[0].Entries == 0, "L1 was cleared");
        foreach (string key in (string[])["removed", "tagged", "matched"])
            Assert.That((await cut.FindAsync(key)).Found, Is.False, key);
        Assert.That((await cut.FindAsync("kept")).Level, Is.EqualTo(2), "still in Redis");
    }

    [Test]
    public async Task Message_dropped_without_a_trace_heals_within_the_journal_interval()
    {
        TimeSpan interval = TimeSpan.FromMilliseconds(200);
        (CacheInstance deaf, CacheInstance other) = await StartBothAsync(o => o.JournalInterval = interval);
        deaf.Backplane.LosesMessages = true;

        long start = TimeProvider.System.GetTimestamp();
        await InvalidateEverythingButOneAsync(other);
        await deaf.ReceivedAsync(4);

        Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(interval * 5), "an interval, and what a busy machine needs");
        await AssertOnlyOneIsLeftAsync(deaf);
        Assert.That(deaf.Invalidations.IsConnected, Is.True, "nothing told it that it missed something");
    }

    [Test]
    public async Task Message_dropped_without_a_trace_heals_when_the_next_one_is_heard()
    {
        (CacheInstance deaf, CacheInstance other) = await StartBothAsync();
        deaf.Backplane.LosesMessages = true;
        await InvalidateEverythingButOneAsync(other);
        await Eventually.TrueAsync(() => deaf.Backplane.Lost >= 4, "all were lost");
        deaf.Backplane.LosesMessages = false;

        await other.Cache.RemoveAsync("next");

        await deaf.ReceivedAsync(5);
        await AssertOnlyOneIsLeftAsync(deaf);
        Assert.That(deaf.Received, Is.EqualTo(5));
    }

    [Test]
    public async Task Messages_that_are_heard_are_not_read_from_the_journal()
    {
        (CacheInstance hearing, CacheInstance other) = await StartBothAsync();
        long catchUps = hearing.Invalidations.CatchUps + 1;
        await other.Cache.RemoveAsync("first");
        await Eventually.TrueAsync(() => hearing.Invalidations.CatchUps == catchUps, "the journal was read for its first entry, which follows none");

        for (int i = 0; i < 100; i++)
            await (i % 2 == 0 ? other : hearing).Cache.RemoveAsync("k");
        JournalId last = await LastIdAsync();
        await Eventually.TrueAsync(() => hearing.Invalidations.JournalPosition == last, "the position is that of the last message");

        Assert.That((hearing.Received, hearing.Invalidations.CatchUps), Is.EqualTo((51, catchUps)));
    }

    [Test]
    public async Task Journal_that_could_not_be_read_after_a_reconnection_is_read_soon_again()
    {
        (CacheInstance cut, CacheInstance other) = await StartBothAsync();
        cut.Backplane.LosesMessages = true;
        var beforeReading = new Gate();
        int failures = 2;
        cut.Backplane.BeforeReadAfter = async () =>
        {
            await beforeReading.PassAsync();
            if (failures-- > 0)
                throw new InvalidOperationException("Messages arrive already, commands do not.");
        };

        await _server.CommandAsync("CLIENT KILL TYPE pubsub");
        await beforeReading.Reached;
        await InvalidateEverythingButOneAsync(other);
        beforeReading.Open();

        await cut.ReceivedAsync(4);
        await AssertOnlyOneIsLeftAsync(cut);
    }

    [Test]
    public async Task Computation_under_way_when_a_message_was_missed_is_not_kept_where_the_journal_does_not_reach_back()
    {
        (CacheInstance cut, CacheInstance other) = await StartBothAsync();
        cut.Backplane.LosesMessages = true;
        var beforeReading = new Gate();
        cut.Backplane.BeforeReadAfter = beforeReading.PassAsync;
        var computing = new Gate();
        ValueTask<string> caller = cut.GetAsync("computed", async () =>
        {
            await computing.PassAsync();
            return "old";
        }, "items");
        await computing.Reached;

        await _server.CommandAsync("CLIENT KILL TYPE pubsub");
        await beforeReading.Reached;
        await other.Cache.RemoveByTagAsync("items");
        await _server.CommandAsync($"XTRIM {Prefix}cache:invalidations MAXLEN 0");
        beforeReading.Open();
        await Eventually.TrueAsync(() => cut.Invalidations.JournalGaps == 1, "the gap was noticed");
        computing.Open();
        await caller;
        await cut.QuietAsync();

        Assert.That((await cut.FindAsync("computed")).Found, Is.False);
    }

    private async Task<(CacheInstance Missing, CacheInstance Other)> StartBothAsync(Action<Configuration.TieredCacheOptions>? options = null)
    {
        CacheInstance missing = await StartHookedAsync(options);
        CacheInstance other = await StartAsync();
        foreach ((string key, string tag) in ((string, string)[])[("removed", "a"), ("tagged", "items"), ("matched", "b"), ("kept", "c")])
            await missing.GetAsync(key, "old", tag);
        await missing.QuietAsync();
        return (missing, other);
    }

    private async Task<JournalId> LastIdAsync()
    {
        StreamEntry[] last = await (await DirectAsync()).StreamRangeAsync(Prefix + "cache:invalidations", count: 1, messageOrder: Order.Descending);
        return JournalId.TryParse((string?)last[0].Id, out JournalId id) ? id : default;
    }

    private static async Task InvalidateEverythingButOneAsync(CacheInstance instance)
    {
        await instance.Cache.RemoveAsync("removed");
        await instance.Cache.RemoveByTagAsync("items");
        await instance.Cache.RemoveByPatternAsync("match*");
        await instance.Cache.RemoveAsync(["x", "y"]);
    }

    private static async Task AssertOnlyOneIsLeftAsync(CacheInstance instance)
    {
        foreach (string key in (string[])["removed", "tagged", "matched"])
            Assert.That((await instance.FindAsync(key)).Found, Is.False, key);
        Assert.That((await instance.FindAsync("kept")).Level, Is.EqualTo(1));
    }
}
