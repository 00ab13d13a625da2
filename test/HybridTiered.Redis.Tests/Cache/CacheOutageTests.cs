using HybridTiered.Chain;
using HybridTiered.Redis.Tests.Cache.Support;
using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary>Redis is away, comes, goes and comes back, while instances run.</summary>
[TestFixture]
[Category("Redis")]
public class CacheOutageTests : RedisCacheFixture
{
    private const string Password = "s3cret-Passw0rd";

    private RedisServer _server = null!;

    protected override string ConnectionString => _server.EndPoint;

    [SetUp]
    public void PrepareServer() => _server = RedisServer.Prepare();

    [TearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [Test]
    public async Task Instance_that_was_started_before_Redis_works_alone_and_joins_the_others_when_it_comes()
    {
        CacheInstance early = Create();
        Assert.That(await early.GetAsync("k", "value"), Is.EqualTo("value"));
        Assert.That((await early.FindAsync("k")).Level, Is.EqualTo(1));
        Assert.That(early.Invalidations.IsConnected, Is.False);
        Assert.That(early.Statistics.Tiers[1].ReadFaults, Is.Positive);

        await _server.StartAsync();
        await Eventually.TrueAsync(() => early.Invalidations.IsConnected, "connected");
        CacheInstance late = await StartAsync();
        await early.GetAsync("shared", "value");
        await early.QuietAsync();
        Assert.That((await late.FindAsync("shared")).Level, Is.EqualTo(2));
        await late.Cache.RemoveAsync("shared");
        await early.ReceivedAsync(1);

        Assert.That((await early.FindAsync("shared")).Found, Is.False);
    }

    [Test]
    public async Task What_is_in_memory_is_served_through_an_outage_and_what_was_invalidated_meanwhile_is_gone_afterwards()
    {
        await _server.StartAsync();
        (CacheInstance first, CacheInstance second) = await StartAndFillBothAsync();
        _server.Kill();
        await Eventually.TrueAsync(() => !first.Invalidations.IsConnected && !second.Invalidations.IsConnected, "the loss was noticed");

        Assert.That((await first.FindAsync("kept")).Level, Is.EqualTo(1));
        Assert.That(await first.GetAsync("computed meanwhile", "value"), Is.EqualTo("value"));
        Assert.That((await first.FindAsync("computed meanwhile")).Level, Is.EqualTo(1));
        await InvalidateInVainAsync(first);
        Assert.That((await first.FindAsync("removed")).Found, Is.False);
        Assert.That(first.Statistics.Tiers[1].PendingInvalidations, Is.EqualTo(2));
        Assert.That(first.Invalidations, Has.Property("Unsent").EqualTo(2).And.Property("PublishFaults").GreaterThanOrEqualTo(2));
        Assert.That((await second.FindAsync("removed")).Level, Is.EqualTo(1), "nobody can tell it");

        await _server.StartAsync();
        await AllDoneAsync(first);
        await Eventually.TrueAsync(() => second.Invalidations is { IsConnected: true, JournalGaps: 1 }, "the other has noticed that the journal is gone");

        foreach (CacheInstance instance in (CacheInstance[])[first, second, await StartAsync()])
        {
            Assert.That((await instance.FindAsync("removed")).Found, Is.False);
            Assert.That((await instance.FindAsync("tagged")).Found, Is.False);
        }
        await AssertCoherentAsync(first, second);
    }

    [Test]
    public async Task Old_values_that_survive_in_Redis_are_not_read_again_after_their_invalidation()
    {
        await _server.DisposeAsync();
        _server = RedisServer.Prepare(new RedisServerOptions { Arguments = ["--appendonly", "yes", "--appendfsync", "always"] });
        await _server.StartAsync();
        (CacheInstance first, CacheInstance second) = await StartAndFillBothAsync();
        _server.Kill();
        await InvalidateInVainAsync(first);

        await _server.StartAsync();
        await AllDoneAsync(first);
        await second.ReceivedAsync(3);

        foreach (CacheInstance instance in (CacheInstance[])[first, second, await StartAsync()])
        {
            Assert.That((await instance.FindAsync("removed")).Found, Is.False);
            Assert.That((await instance.FindAsync("tagged")).Found, Is.False);
            Assert.That((await instance.FindAsync("kept")).Found, Is.True);
        }
        Assert.That(second.Invalidations.JournalGaps, Is.Zero, "the journal survived too");
        Assert.That(await IsInRedisAsync("removed"), Is.False);
        await AssertCoherentAsync(first, second);
    }

    [Test]
    public async Task Tier_that_has_yet_to_remove_a_key_is_not_read_for_it()
    {
        await _server.StartAsync();
        CacheInstance instance = await StartHookedAsync();
        await instance.GetAsync("k", "old");
        await instance.QuietAsync();
        bool away = true;
        instance.Tiers[0].Before = (step, _) => away && step == TierStep.Remove ? throw new InvalidOperationException("No removals.") : Task.CompletedTask;

        Assert.That(async () => await instance.Cache.RemoveAsync("k"), Throws.InstanceOf<InvalidationIncompleteException>());

        Assert.That(await IsInRedisAsync("k"), Is.True);
        Assert.That((await instance.FindAsync("k")).Found, Is.False);
        away = false;
        await Eventually.TrueAsync(() => instance.Statistics.Tiers[1].PendingInvalidations == 0, "carried out");
        Assert.That(await IsInRedisAsync("k"), Is.False);
    }

    [Test]
    public async Task Password_is_in_no_log_and_no_exception([Values] bool isRight)
    {
        await _server.DisposeAsync();
        _server = RedisServer.Prepare(new RedisServerOptions { Arguments = ["--requirepass", isRight ? Password : "another"] });
        await _server.StartAsync();
        CacheInstance instance = Keep(CacheInstance.Create($"redis://:{Password}@{_server.EndPoint}/0", Prefix));
        if (isRight)
            await instance.StartAsync();
        await instance.GetAsync("k", "value");
        await instance.QuietAsync();
        _server.Kill();

        InvalidationIncompleteException thrown = await IncompleteAsync(instance.Cache.RemoveAsync("k"));
        Assert.That(async () => await instance.Cache.RemoveByTagAsync("t"), Throws.InstanceOf<InvalidationIncompleteException>());
        await instance.GetAsync("another", "value");
        await instance.QuietAsync();

        Assert.That(instance.Log.Text, Is.Not.Empty);
        Assert.That(instance.Log.Text + thrown, Does.Not.Contain(Password));
    }

    private async Task<(CacheInstance First, CacheInstance Second)> StartAndFillBothAsync()
    {
        CacheInstance first = await StartAsync();
        CacheInstance second = await StartAsync();
        foreach (string key in (string[])["removed", "tagged", "kept"])
        {
            await first.GetAsync(key, "old", key == "tagged" ? "items" : "none");
            await first.QuietAsync();
            Assert.That((await second.FindAsync(key)).Found, Is.True);
        }
        await second.QuietAsync();
        // A journal that has never held anything would not be missed.
        await first.Cache.RemoveAsync("nothing");
        await second.ReceivedAsync(1);
        return (first, second);
    }

    private static async Task InvalidateInVainAsync(CacheInstance instance)
    {
        await IncompleteAsync(instance.Cache.RemoveAsync("removed"));
        await IncompleteAsync(instance.Cache.RemoveByTagAsync("items"));
    }

    private static async Task<InvalidationIncompleteException> IncompleteAsync(ValueTask invalidation)
    {
        try
        {
            await invalidation;
        }
        catch (InvalidationIncompleteException exception)
        {
            return exception;
        }
        throw new AssertionException("The invalidation was carried out.");
    }

    private static Task AllDoneAsync(CacheInstance instance) => Eventually.TrueAsync(
        () => instance.Statistics is { Invalidations: { IsConnected: true, Unsent: 0 } } s && s.Tiers[1].PendingInvalidations == 0,
        "connected again, with nothing left to carry out or to send");

    private static async Task AssertCoherentAsync(CacheInstance one, CacheInstance other)
    {
        await one.Cache.SetAsync("afterwards", "1");
        await Eventually.TrueAsync(async () => (await other.FindAsync("afterwards")).Value == "1", "set");
        await one.Cache.SetAsync("afterwards", "2");
        await Eventually.TrueAsync(async () => (await other.FindAsync("afterwards")).Value == "2", "set again");
    }
}
