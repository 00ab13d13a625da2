using HybridTiered.Memcached.Connections;
using HybridTiered.Tests.Support;

namespace HybridTiered.Memcached.Tests.Connections;

[TestFixture, Category("Unit")]
public sealed class ReconnectBackoffTests
{
    private static readonly IOException Failure = new("down");

    [Test]
    public void Pauses_double_from_100_ms_to_5_s()
    {
        var time = new ManualTimeProvider();
        var backoff = new ReconnectBackoff(time, () => 0);
        foreach (int milliseconds in (int[])[100, 200, 400, 800, 1600, 3200, 5000, 5000])
        {
            backoff.Fail(Failure);
            time.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
            Assert.That(backoff.IsActive, Is.True, $"before {milliseconds} ms");
            time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.That(backoff.IsActive, Is.False, $"at {milliseconds} ms");
        }
    }

    [Test]
    public void Chance_shortens_a_pause_by_half_at_most()
    {
        var time = new ManualTimeProvider();
        var backoff = new ReconnectBackoff(time, () => 1);
        backoff.Fail(Failure);
        time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.That(backoff.IsActive, Is.True);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(backoff.IsActive, Is.False);
    }

    [Test]
    public void A_success_ends_the_pause_and_starts_over()
    {
        var time = new ManualTimeProvider();
        var backoff = new ReconnectBackoff(time, () => 0);
        for (int i = 0; i < 5; i++)
            backoff.Fail(Failure);
        backoff.Succeed();
        Assert.That(backoff.IsActive, Is.False);
        backoff.Fail(Failure);
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.That(backoff.IsActive, Is.False);
    }
}
