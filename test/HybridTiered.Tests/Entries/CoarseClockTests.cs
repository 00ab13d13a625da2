using HybridTiered.Entries;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Entries;

[TestFixture, Category("Unit")]
public sealed class CoarseClockTests
{
    [Test]
    public void A_span_beyond_the_range_never_comes()
    {
        var clock = new CoarseClock(TimeProvider.System);

        Assert.That(clock.After(TimeSpan.MaxValue), Is.GreaterThan(clock.Now + (long)TimeSpan.FromDays(36500).TotalMilliseconds));
    }

    [Test]
    public void A_moment_on_a_replaced_clock_comes_exactly_when_it_does()
    {
        var time = new ManualTimeProvider();
        var clock = new CoarseClock(time);
        long moment = clock.After(TimeSpan.FromMilliseconds(5));

        time.Advance(TimeSpan.FromMilliseconds(4));
        Assert.That(clock.IsBefore(moment), Is.True);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(clock.IsBefore(moment), Is.False);
    }

    [Test]
    public void A_moment_on_the_systems_clock_comes_soon_after_it_does_though_somebody_asks_all_the_time()
    {
        var clock = new CoarseClock(TimeProvider.System);
        long moment = clock.After(TimeSpan.FromMilliseconds(100));

        while (clock.IsBefore(moment))
            Assert.That(clock.Now, Is.LessThan(moment + 2_000));

        Assert.That(clock.Now, Is.GreaterThanOrEqualTo(moment));
        Assert.That(clock.IsBefore(CoarseClock.Never), Is.True);
    }
}
