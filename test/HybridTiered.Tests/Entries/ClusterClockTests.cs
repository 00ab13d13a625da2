using HybridTiered.Entries;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Entries;

[TestFixture, Category("Unit")]
public sealed class ClusterClockTests
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(100);

    private readonly ManualTimeProvider _time = new();
    private ClusterClock _clock = null!;

    [SetUp]
    public void SetUp() => _clock = new ClusterClock(_time);

    [Test]
    public void Readings_strictly_increase_on_a_clock_that_stands_still_and_over_threads()
    {
        var readings = new System.Collections.Concurrent.ConcurrentBag<long>();

        Parallel.For(0, 8, _ =>
        {
            long last = 0;
            for (int i = 0; i < 2_000; i++)
            {
                long next = _clock.Next();
                Assert.That(next, Is.GreaterThan(last));
                readings.Add(last = next);
            }
        });

        Assert.That(readings, Is.Unique);
    }

    [Test]
    public async Task Who_hears_of_an_invalidation_when_its_time_has_passed_is_not_ahead_of_the_next_one()
    {
        var sender = new ClusterClock(_time);
        TimeSpan error = TimeSpan.FromMilliseconds(20);
        sender.Synchronize(_time.GetUtcNow() + error, _time.GetUtcNow(), _time.GetUtcNow() + 2 * error, Tolerance);
        var unaware = new ClusterClock(_time);
        long time = sender.NextForInvalidation();

        Task passed = sender.WhenPassedAsync(time).AsTask();
        Assert.That(passed.IsCompleted, Is.False);
        _time.Advance(2 * error);
        await passed;
        _clock.Observe(time);

        long created = _clock.Next();
        Assert.That(created, Is.GreaterThan(time));
        Assert.That(unaware.NextForInvalidation(), Is.GreaterThanOrEqualTo(created), "what was created before it has to die by it");
    }

    [Test]
    public void Now_takes_no_reading()
    {
        long now = _clock.Now;

        Assert.That((_clock.Now, _clock.Next()), Is.EqualTo((now, now)));
    }

    [Test]
    public void A_measurement_puts_the_shared_clock_in_the_middle_of_its_round_trip_and_half_of_that_remains_uncertain()
    {
        DateTimeOffset asked = _time.GetUtcNow();

        TimeSpan moved = Measure(shared: asked.AddHours(1), roundTrip: TimeSpan.FromMilliseconds(10));

        Assert.That(moved, Is.EqualTo(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(5)));
        Assert.That(_clock.Now, Is.EqualTo(asked.AddHours(1).AddMilliseconds(-5).UtcTicks));
        Assert.That(_clock.Uncertainty, Is.EqualTo(TimeSpan.FromMilliseconds(5).Ticks));
    }

    [Test]
    public void An_offset_that_fits_the_measurement_stays_and_its_distance_adds_to_the_uncertainty()
    {
        long now = _clock.Now;

        TimeSpan moved = Measure(_time.GetUtcNow(), roundTrip: TimeSpan.FromSeconds(1));

        Assert.That((moved, _clock.Now, _clock.Uncertainty), Is.EqualTo((TimeSpan.Zero, now, TimeSpan.TicksPerSecond)));
    }

    [Test]
    public void A_small_correction_keeps_readings_increasing_and_goes_unnoticed()
    {
        long before = _clock.Next();

        TimeSpan moved = Measure(_time.GetUtcNow().AddMilliseconds(-100), TimeSpan.Zero);

        Assert.That((moved, _clock.Next() - before), Is.EqualTo((TimeSpan.Zero, 1L)));
    }

    [Test]
    public void A_step_moves_readings_back_too([Values(-1, 1)] int hours)
    {
        long before = _clock.Next();

        TimeSpan moved = Measure(_time.GetUtcNow().AddHours(hours), TimeSpan.Zero);

        Assert.That(moved, Is.EqualTo(TimeSpan.FromHours(hours)));
        Assert.That(_clock.Next() - before, Is.EqualTo(TimeSpan.FromHours(hours).Ticks).Within(1));
    }

    [Test]
    public void An_invalidation_is_later_than_what_the_uncertainty_lets_another_instance_have_stamped()
    {
        Measure(_time.GetUtcNow(), TimeSpan.FromMilliseconds(8));
        // What is created elsewhere is stamped early by what is uncertain of the clock there, so this clock's part is all that is left.
        long latestElsewhere = _clock.Now + _clock.Uncertainty;

        long invalidation = _clock.NextForInvalidation();

        Assert.That(invalidation, Is.GreaterThanOrEqualTo(latestElsewhere), "what was created at the same time is dead");
        _clock.Observe(invalidation);
        Assert.That(_clock.Next(), Is.GreaterThan(invalidation), "what is made after it lives");
    }

    [Test]
    public void What_was_observed_is_earlier_than_every_later_reading()
    {
        long observed = _clock.Now + 1_000;
        _clock.Observe(observed);
        _clock.Observe(observed - 500);

        Assert.That(_clock.Next(), Is.EqualTo(observed + 1));
    }

    private TimeSpan Measure(DateTimeOffset shared, TimeSpan roundTrip) =>
        _clock.Synchronize(shared, _time.GetUtcNow(), _time.GetUtcNow() + roundTrip, Tolerance);
}
