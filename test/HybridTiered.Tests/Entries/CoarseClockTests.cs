using HybridTiered.Entries;

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
}
