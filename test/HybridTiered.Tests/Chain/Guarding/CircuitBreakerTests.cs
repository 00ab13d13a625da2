using HybridTiered.Chain.Guarding;
using HybridTiered.Configuration;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Chain.Guarding;

[TestFixture, Category("Unit")]
public sealed class CircuitBreakerTests
{
    private readonly TierOptions _options = new() { MinimumCalls = 4, FailureRatio = 0.5, FailureWindow = TimeSpan.FromSeconds(10), BreakDuration = TimeSpan.FromSeconds(3) };
    private ManualTimeProvider _time = null!;
    private CoarseClock _clock = null!;
    private CircuitBreaker _breaker = null!;

    [SetUp]
    public void Create()
    {
        _time = new ManualTimeProvider();
        _clock = new CoarseClock(_time);
        _breaker = new CircuitBreaker(_options, _clock);
        _time.Advance(TimeSpan.FromMinutes(1));
    }

    [Test]
    public void It_opens_when_the_ratio_of_failures_is_reached_and_not_before_there_are_enough_calls()
    {
        _breaker.Succeeded();
        _breaker.Succeeded();
        bool third = _breaker.Failed();
        bool fourth = _breaker.Failed();

        Assert.That((third, fourth, _breaker.State, _breaker.TryEnter(), _breaker.Opened), Is.EqualTo((false, true, CircuitState.Open, false, 1L)));
    }

    [Test]
    public void Below_the_ratio_it_stays_closed()
    {
        for (int i = 0; i < 100; i++)
        {
            _breaker.Succeeded();
            _breaker.Succeeded();
            Assert.That(_breaker.Failed(), Is.False);
        }

        Assert.That(_breaker.State, Is.EqualTo(CircuitState.Closed));
    }

    [Test]
    public void Failures_that_are_older_than_the_window_do_not_count()
    {
        _breaker.Failed();
        _breaker.Failed();
        _breaker.Failed();
        _time.Advance(_options.FailureWindow);

        Assert.That(_breaker.Failed(), Is.False, "one failure is not enough");
    }

    [Test]
    public void Successes_of_the_whole_window_count()
    {
        for (int i = 0; i < 8; i++)
        {
            _breaker.Succeeded();
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        for (int i = 0; i < 7; i++)
            Assert.That(_breaker.Failed(), Is.False);

        Assert.That(_breaker.Failed(), Is.True, "8 of 16");
    }

    [Test]
    public void A_timeout_opens_it_at_once_when_nothing_was_answered_meanwhile()
    {
        _breaker.Succeeded();
        _time.Advance(TimeSpan.FromSeconds(1));
        long started = _clock.Now;
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.That((_breaker.TimedOut(started), _breaker.State), Is.EqualTo((true, CircuitState.Open)));
    }

    [Test]
    public void A_timeout_is_one_failure_when_others_were_answered_meanwhile()
    {
        long started = _clock.Now;
        _time.Advance(TimeSpan.FromSeconds(2));
        _breaker.Succeeded();

        Assert.That((_breaker.TimedOut(started), _breaker.State), Is.EqualTo((false, CircuitState.Closed)));
    }

    [Test]
    public void After_the_break_one_call_at_a_time_is_let_through_and_its_success_closes_the_circuit()
    {
        Open();
        bool early = _breaker.TryEnter();
        _time.Advance(_options.BreakDuration);
        bool probe = _breaker.TryEnter();
        CircuitState probing = _breaker.State;
        bool second = _breaker.TryEnter();
        bool closed = _breaker.Succeeded();

        Assert.That((early, probe, probing, second, closed, _breaker.State, _breaker.TryEnter()),
            Is.EqualTo((false, true, CircuitState.HalfOpen, false, true, CircuitState.Closed, true)));
    }

    [Test]
    public void A_probe_that_fails_makes_a_new_break_which_is_not_a_new_opening()
    {
        Open();
        _time.Advance(_options.BreakDuration);
        _breaker.TryEnter();
        bool opened = _breaker.Failed();
        _time.Advance(_options.BreakDuration - TimeSpan.FromMilliseconds(1));
        bool early = _breaker.TryEnter();
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.That((opened, early, _breaker.TryEnter(), _breaker.Opened), Is.EqualTo((false, false, true, 1L)));
    }

    [Test]
    public void A_probe_whose_caller_gave_up_leaves_room_for_another()
    {
        Open();
        _time.Advance(_options.BreakDuration);
        _breaker.TryEnter();
        _breaker.Abandoned();

        Assert.That(_breaker.TryEnter(), Is.True);
    }

    [Test]
    public void A_probe_that_never_ends_is_followed_by_another_after_the_length_of_a_break()
    {
        Open();
        _time.Advance(_options.BreakDuration);
        _breaker.TryEnter();
        _time.Advance(_options.BreakDuration);

        Assert.That(_breaker.TryEnter(), Is.True);
    }

    [Test]
    public void A_call_from_before_the_break_neither_ends_nor_prolongs_it()
    {
        Open();
        _time.Advance(_options.BreakDuration / 2);
        bool closed = _breaker.Succeeded();
        _breaker.Failed();
        _time.Advance(_options.BreakDuration / 2);

        Assert.That((closed, _breaker.TryEnter()), Is.EqualTo((false, true)));
    }

    [Test]
    public void What_led_to_a_break_is_forgotten_after_it()
    {
        Open();
        _time.Advance(_options.BreakDuration);
        _breaker.TryEnter();
        _breaker.Succeeded();

        Assert.That((_breaker.Failed(), _breaker.State), Is.EqualTo((false, CircuitState.Closed)));
    }

    [Test]
    public void Without_a_break_duration_it_never_opens()
    {
        _options.BreakDuration = TimeSpan.Zero;
        var breaker = new CircuitBreaker(_options, _clock);
        for (int i = 0; i < 100; i++)
            breaker.Failed();

        Assert.That((breaker.TimedOut(_clock.Now), breaker.TryEnter()), Is.EqualTo((false, true)));
        _options.BreakDuration = TimeSpan.FromSeconds(3);
    }

    private void Open()
    {
        for (int i = 0; i < _options.MinimumCalls; i++)
            _breaker.Failed();
        Assert.That(_breaker.State, Is.EqualTo(CircuitState.Open));
    }
}
