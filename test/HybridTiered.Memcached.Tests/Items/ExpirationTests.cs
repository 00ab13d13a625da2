using HybridTiered.Memcached.Items;
using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Tests.Items;

[TestFixture, Category("Unit")]
public sealed class ExpirationTests
{
    private static readonly DateTime Now = new(2026, 1, 1, 0, 0, 0, 900, DateTimeKind.Utc);

    private static readonly long UnixNow = (Now.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;

    [TestCase(0.001, 2)]
    [TestCase(0.999, 2)]
    [TestCase(1, 2)]
    [TestCase(1.5, 3)]
    [TestCase(60, 61)]
    [TestCase((30 * 86400) - 1, 30 * 86400)]
    public void Up_to_30_days_the_server_gets_seconds_that_are_never_too_few(double seconds, long expected)
    {
        Assert.That(Expiration.For(new TierLifetime(TimeSpan.FromSeconds(seconds)), Now.Ticks), Is.EqualTo(expected));
    }

    [TestCase(30 * 86400)]
    [TestCase(31 * 86400)]
    [TestCase(365 * 86400)]
    public void Above_30_days_the_server_gets_a_date(int seconds)
    {
        Assert.That(Expiration.For(new TierLifetime(TimeSpan.FromSeconds(seconds)), Now.Ticks), Is.EqualTo(UnixNow + seconds + 1));
    }

    [Test]
    public void What_ends_after_the_servers_calendar_or_never_gets_no_end_there()
    {
        Assert.That(Expiration.For(new TierLifetime(TimeSpan.FromDays(10_000)), Now.Ticks), Is.EqualTo(Expiration.Never));
        Assert.That(Expiration.For(new TierLifetime(TimeSpan.MaxValue, TimeSpan.MaxValue), Now.Ticks), Is.EqualTo(Expiration.Never));
        Assert.That(Expiration.For(new TierLifetime(null), Now.Ticks), Is.EqualTo(Expiration.Never));
    }

    [Test]
    public void The_shorter_of_both_limits_counts()
    {
        Assert.That(Expiration.For(new TierLifetime(TimeSpan.FromHours(1), TimeSpan.FromSeconds(10)), Now.Ticks), Is.EqualTo(11));
        Assert.That(Expiration.For(new TierLifetime(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)), Now.Ticks), Is.EqualTo(6));
    }

    [Test]
    public void A_sliding_window_is_in_the_flags_and_a_tombstone_has_none()
    {
        Assert.That(ItemFlags.WindowSeconds(ItemFlags.For(new TierLifetime(null, TimeSpan.FromSeconds(10)))), Is.EqualTo(11));
        Assert.That(ItemFlags.WindowSeconds(ItemFlags.For(new TierLifetime(null, TimeSpan.MaxValue))), Is.EqualTo((1 << 30) - 1));
        Assert.That(ItemFlags.WindowSeconds(ItemFlags.For(new TierLifetime(TimeSpan.FromHours(1)))), Is.Null);
        Assert.That(ItemFlags.WindowSeconds(ItemFlags.Tombstone), Is.Null);
    }
}
