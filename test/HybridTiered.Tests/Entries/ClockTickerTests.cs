using HybridTiered.Entries;

namespace HybridTiered.Tests.Entries;

[TestFixture, Category("Unit")]
public sealed class ClockTickerTests
{
    private const int Notes = 3;
    private readonly SemaphoreSlim _waiting = new(0);
    private readonly SemaphoreSlim _goOn = new(0);
    private long _now;
    private volatile Thread? _thread;

    [OneTimeTearDown]
    public void TearDown()
    {
        _waiting.Dispose();
        _goOn.Dispose();
    }

    [Test]
    public void The_time_is_noted_as_requested_then_unknown_until_the_next_request_and_in_the_end_the_thread_is_gone()
    {
        var ticker = new ClockTicker(() => Interlocked.Add(ref _now, 10), _ => Wait(), Notes);
        Assert.That(ticker.Noted, Is.EqualTo(ClockTicker.Unknown), "nobody asked yet");

        ticker.Request();
        for (int note = 1; note <= Notes; note++)
        {
            _waiting.Wait();
            Assert.That(ticker.Noted, Is.EqualTo(10 * note));
            _goOn.Release();
        }
        _waiting.Wait();
        Assert.That(ticker.Noted, Is.EqualTo(ClockTicker.Unknown), "nobody asked again");

        ticker.Request();
        _goOn.Release();
        _waiting.Wait();
        Assert.That(ticker.Noted, Is.EqualTo(10 * (Notes + 1)), "somebody did");

        Thread first = _thread!;
        _goOn.Release(100_000);
        Assert.That(first.Join(TimeSpan.FromSeconds(30)), Is.True, "it ends when nobody asks");
        Assert.That(ticker.Noted, Is.EqualTo(ClockTicker.Unknown));

        ticker.Request();
        Assert.That(() => _thread, Is.Not.SameAs(first).After(30_000, 5), "and another starts");
    }

    private void Wait()
    {
        _thread = Thread.CurrentThread;
        _waiting.Release();
        _goOn.Wait();
    }
}
