using HybridTiered.Configuration;
using HybridTiered.Entries;

namespace HybridTiered.Chain.Guarding;

/// <summary>
/// Stops calling what keeps failing (Nygard, "Release It!", 2007): opens when too large a part of the calls within a window failed, or when a call timed out
/// and nothing else was answered while it waited; after a break one call at a time probes whether all is well again.
/// </summary>
internal sealed class CircuitBreaker(TierOptions options, CoarseClock clock)
{
    private const int SliceCount = 10;

    private readonly Lock _lock = new();
    private readonly Slice[] _slices = [.. Enumerable.Range(0, SliceCount).Select(_ => new Slice())];
    private readonly long _sliceMilliseconds = Math.Max(1, (long)options.FailureWindow.TotalMilliseconds / SliceCount);
    private readonly long _breakMilliseconds = (long)options.BreakDuration.TotalMilliseconds;
    private volatile CircuitState _state;
    private long _lastAnswer = -1;
    private long _closedUntil;
    private long _probeStarted = -1;
    private long _opened;

    public CircuitState State => _state;

    /// <summary>How often the circuit was opened; a probe that failed does not count.</summary>
    public long Opened => Volatile.Read(ref _opened);

    private bool IsClosed => _state == CircuitState.Closed;

    /// <summary>Whether a call may be made now. Whoever is told yes says later how the call ended.</summary>
    public bool TryEnter() => IsClosed || TryProbe();

    /// <summary>A call was answered.</summary>
    /// <returns>Whether this closed the circuit.</returns>
    public bool Succeeded()
    {
        long now = clock.Now;
        // Once per reading of the clock, so that many callers do not pass the cache line around.
        if (Volatile.Read(ref _lastAnswer) != now)
            Volatile.Write(ref _lastAnswer, now);
        if (!IsClosed)
            return Close();
        Slice slice = _slices[now / _sliceMilliseconds % SliceCount];
        if (Volatile.Read(ref slice.Number) == now / _sliceMilliseconds)
            Interlocked.Increment(ref slice.Calls);
        else
            Count(now, failed: false);
        return false;
    }

    /// <summary>A call failed.</summary>
    /// <returns>Whether this opened the circuit.</returns>
    public bool Failed()
    {
        long now = clock.Now;
        Count(now, failed: true);
        lock (_lock)
        {
            if (_state != CircuitState.Closed)
                return Open_NeedsLock(now);
            (long calls, long failures) = Sum_NeedsLock(now);
            return calls >= options.MinimumCalls && failures >= calls * options.FailureRatio && Open_NeedsLock(now);
        }
    }

    /// <summary>A call was given up after its timeout.</summary>
    /// <param name="started">When it was made, on the coarse clock.</param>
    /// <returns>Whether this opened the circuit.</returns>
    public bool TimedOut(long started)
    {
        if (Volatile.Read(ref _lastAnswer) > started)
            return Failed();
        Count(clock.Now, failed: true);
        lock (_lock)
            return Open_NeedsLock(clock.Now);
    }

    /// <summary>A call ended without saying anything about the tier: its caller gave up.</summary>
    public void Abandoned()
    {
        if (IsClosed)
            return;
        lock (_lock)
            _probeStarted = -1;
    }

    private bool TryProbe()
    {
        lock (_lock)
        {
            if (_state == CircuitState.Closed)
                return true;
            long now = clock.Now;
            if (_state == CircuitState.Open && now < _closedUntil)
                return false;
            // A probe that never ends must not be the last one.
            if (_probeStarted >= 0 && now - _probeStarted < Math.Max(_breakMilliseconds, 1))
                return false;
            _state = CircuitState.HalfOpen;
            _probeStarted = now;
            return true;
        }
    }

    private bool Close()
    {
        lock (_lock)
        {
            // A call from before the break that was answered late says nothing about now.
            if (_state != CircuitState.HalfOpen)
                return false;
            _state = CircuitState.Closed;
            _probeStarted = -1;
            foreach (Slice slice in _slices)
                slice.Number = -1;
            return true;
        }
    }

    private bool Open_NeedsLock(long now)
    {
        if (_breakMilliseconds == 0)
            return false;
        bool opened = _state == CircuitState.Closed;
        // Calls from before the break that fail during it do not prolong it.
        if (_state != CircuitState.Open)
            _closedUntil = now + _breakMilliseconds;
        _state = CircuitState.Open;
        _probeStarted = -1;
        if (opened)
            Interlocked.Increment(ref _opened);
        return opened;
    }

    private void Count(long now, bool failed)
    {
        long number = now / _sliceMilliseconds;
        Slice slice = _slices[number % SliceCount];
        lock (_lock)
        {
            if (slice.Number != number)
            {
                slice.Calls = 0;
                slice.Failures = 0;
                Volatile.Write(ref slice.Number, number);
            }
            Interlocked.Increment(ref slice.Calls);
            if (failed)
                slice.Failures++;
        }
    }

    private (long Calls, long Failures) Sum_NeedsLock(long now)
    {
        long oldest = now / _sliceMilliseconds - SliceCount + 1;
        (long calls, long failures) = (0, 0);
        foreach (Slice slice in _slices)
        {
            if (slice.Number >= oldest)
                (calls, failures) = (calls + Volatile.Read(ref slice.Calls), failures + slice.Failures);
        }
        return (calls, failures);
    }

    private sealed class Slice
    {
        public long Number = -1;
        public long Calls;
        public long Failures;
    }
}
