using System.Collections.Concurrent;
using HybridTiered.Entries;

namespace HybridTiered.Chain.Guarding;

/// <summary>
/// Gives up waiting for calls that take too long. One timer for all of them looks at a steady interval, so a call that ends in time costs neither a timer
/// nor an allocation; in return a call is given up as much later as the interval is long, an eighth of the shortest limit so far.
/// </summary>
/// <param name="clock">What the limits are measured on.</param>
/// <param name="time">Where the timer comes from.</param>
/// <param name="ends">Told how calls end.</param>
internal sealed class TimedCalls<T>(CoarseClock clock, TimeProvider time, ICallEnds<T> ends) : IDisposable
{
    private const int LooksPerLimit = 8;
    private const int LargestPool = 4096;

    private static readonly TimeSpan LongestInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(2);

    private readonly ConcurrentQueue<TimedCall<T>> _pool = new();
    private readonly Lock _lock = new();

    // Those that may be waited for: all but the ones that were given up or found no place in the pool.
    private readonly HashSet<TimedCall<T>> _all = [];
    private ITimer? _timer;
    private TimeSpan _interval = LongestInterval;
    private long _shortestTicks = (LongestInterval * LooksPerLimit).Ticks;
    private bool _ticking;
    private bool _disposed;

    // One in front of the pool: a call that ends is often followed by another on the same thread.
    private TimedCall<T>? _spare;
    private int _pooled;

    internal ICallEnds<T> Ends => ends;

    /// <summary>Waits for a call, but not longer than its limit, nor beyond the end of this object.</summary>
    /// <param name="call">The call.</param>
    /// <param name="start">What is known of its start.</param>
    /// <param name="limit">The limit, counted from now; <see langword="null"/> for none.</param>
    /// <exception cref="TimeoutException">The limit was reached; the call may go on.</exception>
    /// <exception cref="OperationCanceledException">This object was disposed; the call may go on.</exception>
    public ValueTask<T> WithinAsync(ValueTask<T> call, in CallStart start, TimeSpan? limit)
    {
        TimedCall<T> timed = Rent();
        long deadline = limit is { } given ? clock.Now + Math.Max(1, (long)given.TotalMilliseconds) : CoarseClock.Never;
        ValueTask<T> result = timed.Start(call, start, deadline);
        // The call may have ended and the object have another one by now, which then began after the end of this object too.
        if (Volatile.Read(ref _disposed))
            timed.GiveUp();
        else if (limit is { } wanted && (!Volatile.Read(ref _ticking) || wanted.Ticks < Volatile.Read(ref _shortestTicks)))
            StartTicking(wanted);
        return result;
    }

    /// <summary>Gives up all calls under way, and from here on all others as they begin.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            Volatile.Write(ref _disposed, true);
            _timer?.Dispose();
            // Whoever starts a call after this line finds that all is over; who started one before it is found here.
            Interlocked.MemoryBarrier();
            foreach (TimedCall<T> call in _all)
                call.GiveUp();
        }
    }

    internal void Return(TimedCall<T> call)
    {
        if (Volatile.Read(ref _spare) is null && Interlocked.CompareExchange(ref _spare, call, null) is null)
            return;
        if (Interlocked.Increment(ref _pooled) <= LargestPool)
        {
            _pool.Enqueue(call);
            return;
        }
        Interlocked.Decrement(ref _pooled);
        lock (_lock)
            _all.Remove(call);
    }

    private TimedCall<T> Rent()
    {
        if (Interlocked.Exchange(ref _spare, null) is { } spare)
            return spare;
        if (_pool.TryDequeue(out TimedCall<T>? pooled))
        {
            Interlocked.Decrement(ref _pooled);
            return pooled;
        }
        var made = new TimedCall<T>(this);
        lock (_lock)
            _all.Add(made);
        return made;
    }

    private void StartTicking(TimeSpan limit)
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            bool shorter = limit.Ticks < _shortestTicks;
            if (shorter)
            {
                Volatile.Write(ref _shortestTicks, limit.Ticks);
                _interval = TimeSpan.FromTicks(Math.Max(limit.Ticks / LooksPerLimit, ShortestInterval.Ticks));
            }
            if (_ticking && !shorter)
                return;
            Volatile.Write(ref _ticking, true);
            if (_timer is not null)
            {
                _timer.Change(_interval, _interval);
                return;
            }
            // The timer must not keep alive whatever the caller that happens to be first has in its execution context.
            using AsyncFlowControl suppressed = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
            _timer = time.CreateTimer(static calls => ((TimedCalls<T>)calls!).Look(), this, _interval, _interval);
        }
    }

    private void Look()
    {
        long now = clock.Now;
        lock (_lock)
        {
            if (_disposed)
                return;
            if (!GiveUpLate_NeedsLock(now))
            {
                // Whoever starts a call after this line finds that nobody ticks; who started one before it is found by the second look.
                Volatile.Write(ref _ticking, false);
                Interlocked.MemoryBarrier();
                if (GiveUpLate_NeedsLock(now))
                    Volatile.Write(ref _ticking, true);
                else
                    _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private bool GiveUpLate_NeedsLock(long now)
    {
        bool anyPending = false;
        _all.RemoveWhere(call =>
        {
            anyPending |= call.GiveUpIfLate(now);
            return call.IsGivenUp;
        });
        return anyPending;
    }
}
