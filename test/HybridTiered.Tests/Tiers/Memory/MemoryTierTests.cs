using HybridTiered.Entries;
using HybridTiered.Tags;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Tests.Tiers.Memory;

[TestFixture, FixtureLifeCycle(LifeCycle.InstancePerTestCase), Category("Unit")]
public sealed class MemoryTierTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly TagRegistry _tags = new();

    [Test]
    public void An_entry_lives_exactly_as_long_as_it_was_given()
    {
        using MemoryTier tier = Create();
        tier.Put(Entry("k"), new MemoryLife(10 * Second, null), _tags.Epoch);

        _time.Advance((10 * Second) - TimeSpan.FromMilliseconds(1));
        Assert.That(tier.TryHit(tier.Find("k"), out string? _), Is.True);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.That((tier.TryHit(tier.Find("k"), out string? _), tier.FindLive("k", out _)), Is.EqualTo((false, (MemoryEntry?)null)));
        Assert.That(tier.Store.Count, Is.Zero, "dropped when it is found dead");
    }

    [Test]
    public void A_sliding_entry_ends_exactly_one_window_after_its_last_read()
    {
        using MemoryTier tier = Create();
        tier.Put(Entry("k"), new MemoryLife(null, 10 * Second), _tags.Epoch);
        for (int i = 0; i < 20; i++)
        {
            _time.Advance((10 * Second) - TimeSpan.FromMilliseconds(1));
            Assert.That(tier.FindLive("k", out _), Is.Not.Null);
            Assert.That(tier.FindLive("k", out _), Is.Not.Null, "again at the same moment");
        }

        _time.Advance(10 * Second);

        Assert.That(tier.FindLive("k", out _), Is.Null);
    }

    [Test]
    public void A_sliding_entry_never_outlives_its_absolute_end()
    {
        using MemoryTier tier = Create();
        tier.Put(Entry("k"), new MemoryLife(25 * Second, 10 * Second), _tags.Epoch);
        for (int i = 0; i < 4; i++)
        {
            _time.Advance(6 * Second);
            Assert.That(tier.FindLive("k", out _), Is.Not.Null);
        }

        _time.Advance(Second);

        Assert.That(tier.FindLive("k", out _), Is.Null);
    }

    [Test]
    public void Lower_tiers_hear_of_a_sliding_entry_at_an_eighth_of_its_window_and_not_at_every_read()
    {
        using MemoryTier tier = Create();
        tier.Put(Entry("k"), new MemoryLife(null, 8 * Second), _tags.Epoch);
        int told = 0;
        for (int i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            tier.FindLive("k", out HitDuty duty);
            told += duty == HitDuty.TouchLowerTiers ? 1 : 0;
        }

        Assert.That(told, Is.EqualTo(10));
    }

    [Test]
    public void An_idle_entry_stays_at_least_its_time_and_at_most_an_eighth_longer([Range(0, 12)] int readAt)
    {
        using MemoryTier tier = Create(idle: 8 * Second);
        tier.Put(Entry("k"), new MemoryLife(TimeSpan.FromHours(1), null), _tags.Epoch);
        TimeSpan read = readAt * 0.3 * Second;
        _time.Advance(read);
        Assert.That(tier.FindLive("k", out _), Is.Not.Null);

        _time.Advance((8 * Second) - TimeSpan.FromMilliseconds(1));
        Assert.That(Peek(tier, "k"), Is.GreaterThan(tier.Clock.Now), "not idle that long");
        _time.Advance(Second + TimeSpan.FromMilliseconds(1));

        Assert.That(tier.FindLive("k", out _), Is.Null);
    }

    [Test]
    public void Reads_of_an_idle_entry_within_a_step_are_plain_hits()
    {
        using MemoryTier tier = Create(idle: 8 * Second);
        tier.Put(Entry("k"), new MemoryLife(TimeSpan.FromHours(1), null), _tags.Epoch);
        _time.Advance(TimeSpan.FromMilliseconds(999));

        Assert.That(tier.TryHit(tier.Find("k"), out string? _), Is.True);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(tier.TryHit(tier.Find("k"), out string? _), Is.False, "an event is due");
        tier.FindLive("k", out _);
        Assert.That(tier.TryHit(tier.Find("k"), out string? _), Is.True);
    }

    [Test]
    public void When_the_epoch_has_moved_an_entry_is_looked_at_once_and_then_hit_again()
    {
        using MemoryTier tier = Create();
        tier.Put(Entry("k", created: 100, "mine"), new MemoryLife(TimeSpan.FromHours(1), null), _tags.Epoch);
        _tags.Invalidate("other", 200);
        Assert.That(tier.TryHit(tier.Find("k"), out string? _), Is.False);
        Assert.That(tier.FindLive("k", out _), Is.Not.Null);
        Assert.That(tier.TryHit(tier.Find("k"), out string? value), Is.True);
        Assert.That(value, Is.EqualTo("v"));

        _tags.Invalidate("mine", 100);

        Assert.That((tier.TryHit(tier.Find("k"), out string? _), tier.FindLive("k", out _), tier.Store.Count), Is.EqualTo((false, (MemoryEntry?)null, 0L)));
    }

    [Test]
    public void An_entry_put_with_an_old_epoch_is_looked_at_before_it_is_hit()
    {
        using MemoryTier tier = Create();
        long epoch = _tags.Epoch;
        _tags.Invalidate(TagRegistry.Wildcard, 100);

        tier.Put(Entry("k", created: 100), new MemoryLife(TimeSpan.FromHours(1), null), epoch);

        Assert.That((tier.TryHit(tier.Find("k"), out string? _), tier.FindLive("k", out _)), Is.EqualTo((false, (MemoryEntry?)null)));
    }

    [Test]
    public void A_hit_of_another_type_is_none()
    {
        using MemoryTier tier = Create();
        tier.Put(Entry("k"), new MemoryLife(TimeSpan.FromHours(1), null), _tags.Epoch);

        Assert.That((tier.TryHit(tier.Find("k"), out object? _), tier.TryHit(tier.Find("k"), out int _), tier.TryHit(tier.Find("k".AsSpan()), out string? _)), Is.EqualTo((false, false, true)));
    }

    [Test]
    public void What_takes_the_place_of_a_pushed_entry_takes_over_its_life()
    {
        using MemoryTier tier = Create();
        var pushed = new EncodedEntry("k", [1], 100);
        tier.Put(pushed, new MemoryLife(10 * Second, null), _tags.Epoch);
        _time.Advance(9 * Second);

        tier.Replace(pushed, Entry("k"));

        Assert.That(tier.TryHit(tier.Find("k"), out string? _), Is.True);
        _time.Advance(Second);
        Assert.That(tier.FindLive("k", out _), Is.Null);
    }

    [Test]
    public void A_pattern_drops_what_matches_in_both_faces()
    {
        using MemoryTier tier = Create();
        tier.Put(Entry("user:1"), new MemoryLife(null, null), _tags.Epoch);
        tier.Put(new RawEntry(MemoryKeys.ForRaw("user:1"), [1], 100), new MemoryLife(null, null), _tags.Epoch);
        tier.Put(Entry("order:1"), new MemoryLife(null, null), _tags.Epoch);

        tier.Remove(new GlobPattern("user:*"));

        Assert.That(tier.Store.Entries.Single().Key, Is.EqualTo("order:1"));
    }

    [Test]
    public async Task Evicted_entries_are_counted_and_come_back_from_the_tier_below()
    {
        var lower = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, b => b.AddMemory(m => m.EntryLimit = 10).AddTier("lower", _ => lower));
        for (int i = 0; i < 100; i++)
            await cache.Hybrid.SetAsync("k" + i, "v");

        Assert.That((cache.Statistics.Tiers[0].Entries, cache.Statistics.Tiers[0].Evictions), Is.EqualTo((10, 90)));
        for (int i = 0; i < 100; i++)
            Assert.That((await cache.FindAsync("k" + i)).Value, Is.EqualTo("v"));
    }

    [Test]
    public async Task A_sliding_entry_that_is_only_hit_in_L1_stays_alive_below()
    {
        var lower = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, b => b.AddTier("lower", _ => lower));
        await cache.Hybrid.SetAsync("k", "v", new TieredEntryOptions { SlidingExpiration = 10 * Second, Expiration = TimeSpan.FromHours(1) });
        for (int i = 0; i < 20; i++)
        {
            _time.Advance(9 * Second);
            Assert.That((await cache.FindAsync("k")).Level, Is.EqualTo(1));
            await cache.SettleAsync();
        }

        Assert.That(lower.Keys, Does.Contain("k"));
    }

    private MemoryTier Create(TimeSpan idle = default)
    {
        var clock = new CoarseClock(_time);
        return new MemoryTier(new UnboundedStore(clock, _time), clock, _tags, (long)idle.TotalMilliseconds);
    }

    private ObjectEntry<string> Entry(string key, long created = 1, params string[] tags) =>
        new(key, "v", 100) { Created = created, Tags = _tags.Cells(tags) };

    private static long Peek(MemoryTier tier, string key) => tier.Store.TryGet(key, out MemoryEntry? entry) ? entry.ExpiresAt : 0;
}
