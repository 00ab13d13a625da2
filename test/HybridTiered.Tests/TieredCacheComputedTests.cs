using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCacheComputedTests
{
    private static readonly TieredEntryOptions OneMinute = new() { Expiration = TimeSpan.FromMinutes(1) };

    private ManualTimeProvider _time = null!;
    private InMemoryTier _shared = null!;
    private TestCache _a = null!;
    private TestCache _b = null!;

    [SetUp]
    public void Connect()
    {
        _time = new ManualTimeProvider();
        var backplane = new InProcessBackplane(_time);
        _shared = new InMemoryTier(_time);
        _a = TestCache.Create(_time, backplane, _shared);
        _b = TestCache.Create(_time, backplane, _shared);
    }

    [TearDown]
    public async Task Disconnect()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Test]
    public async Task A_computed_value_is_found_by_every_instance()
    {
        await _a.Cache.SetComputedAsync("key", "value", TimeSpan.FromSeconds(2), OneMinute, ["tag"]);

        Assert.That((await _a.Cache.TryGetAsync<string>("key")).Level, Is.EqualTo(1));
        Assert.That((await _b.Cache.TryGetAsync<string>("key")).Value, Is.EqualTo("value"));
    }

    [TestCase("tag")]
    [TestCase("pattern")]
    [TestCase("everything")]
    public async Task What_was_invalidated_elsewhere_while_it_was_computed_is_not_stored(string kind)
    {
        await _a.Cache.TryGetAsync<string>("key");
        long began = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        await (kind switch
        {
            "tag" => _b.Cache.RemoveByTagAsync("tag"),
            "pattern" => _b.Cache.RemoveByPatternAsync("k*"),
            _ => _b.Cache.ClearAsync(),
        });
        await _b.SettleAsync();
        await _a.SettleAsync();
        _time.Advance(TimeSpan.FromSeconds(1));

        await _a.Cache.SetComputedAsync("key", "stale", _time.GetElapsedTime(began), OneMinute, ["tag"]);

        Assert.That((await _a.Cache.TryGetAsync<string>("key")).Found, Is.False);
        Assert.That((await _b.Cache.TryGetAsync<string>("key")).Found, Is.False);
        Assert.That(_a.Statistics.NotStored, Is.EqualTo(1));
    }

    [Test]
    public async Task What_was_invalidated_before_the_computation_does_not_matter()
    {
        await _b.Cache.RemoveByTagAsync("tag");
        await _b.SettleAsync();
        await _a.SettleAsync();
        _time.Advance(TimeSpan.FromSeconds(3));

        await _a.Cache.SetComputedAsync("key", "value", TimeSpan.FromSeconds(2), OneMinute, ["tag"]);

        Assert.That((await _b.Cache.TryGetAsync<string>("key")).Value, Is.EqualTo("value"));
    }

    [Test]
    public async Task Its_life_begins_when_it_is_stored()
    {
        await _a.Cache.SetComputedAsync("key", "value", TimeSpan.FromSeconds(50), OneMinute);

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.That((await _a.Cache.TryGetAsync<string>("key")).Found, Is.True);
        Assert.That((await _b.Cache.TryGetAsync<string>("key")).Found, Is.True);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.That((await _a.Cache.TryGetAsync<string>("key")).Found, Is.False);
        Assert.That((await _b.Cache.TryGetAsync<string>("key")).Found, Is.False);
    }

    [Test]
    public async Task Other_instances_keep_what_they_have()
    {
        await _b.Cache.SetComputedAsync("key", "theirs", TimeSpan.Zero, OneMinute);
        await _a.Cache.SetComputedAsync("key", "ours", TimeSpan.Zero, OneMinute);
        await _a.SettleAsync();
        await _b.SettleAsync();

        Assert.That((await _b.Cache.TryGetAsync<string>("key")).Value, Is.EqualTo("theirs"));
        Assert.That(_a.Statistics.Invalidations.Sent[InvalidationKind.Key], Is.Zero);
    }

    [Test]
    public void A_computation_cannot_have_begun_in_the_future() =>
        Assert.That(
            async () => await _a.Cache.SetComputedAsync("key", "value", TimeSpan.FromTicks(-1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
