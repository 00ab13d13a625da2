using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Tiers;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Chain.Guarding;

/// <summary>
/// Decides whether a tier is asked and how long an answer is waited for. Reads and writes have a circuit each, because a server that is full or read-only
/// still answers reads; a server that does not answer at all opens both.
/// </summary>
internal sealed class TierGuard : IDisposable
{
    private const string Reads = "reads";
    private const string Writes = "writes";

    private readonly string _name;
    private readonly TierOptions _options;
    private readonly CoarseClock _clock;
    private readonly TimeProvider _time;
    private readonly TierCounters _counters;
    private readonly ILogger _logger;
    private readonly LogThrottle _throttle;
    private readonly CircuitBreaker _reads;
    private readonly CircuitBreaker _writes;
    private readonly TimedCalls<TierEntry> _timedReads;
    private volatile bool _disposed;

    public TierGuard(string name, TierOptions options, TimeProvider time, TierCounters counters, ILogger logger, ICallEnds<TierEntry> readEnds)
    {
        _name = name;
        _options = options;
        _time = time;
        _clock = new CoarseClock(time);
        _counters = counters;
        _logger = logger;
        _throttle = new LogThrottle(time, LogThrottle.Interval);
        _reads = new CircuitBreaker(options, _clock);
        _writes = new CircuitBreaker(options, _clock);
        _timedReads = new TimedCalls<TierEntry>(_clock, time, readEnds);
    }

    public CircuitState ReadCircuit => _reads.State;

    public CircuitState WriteCircuit => _writes.State;

    /// <summary>How often a circuit has opened.</summary>
    public long Breaks => _reads.Opened + _writes.Opened;

    /// <summary>The reading of the clock that a call's end is to be reported with.</summary>
    public long Now => _clock.Now;

    /// <summary>Whether a call may be made. Whoever is told yes reports its end.</summary>
    // A removal is worth a try as long as the tier answers anything.
    public bool TryEnter(TierWork work) => IsWrite(work) ? _writes.TryEnter() : _reads.TryEnter();

    /// <summary>Waits for a read within its limit. What came of it is told to whom this guard was made for, and what that makes of it is the result.</summary>
    /// <param name="call">The read.</param>
    /// <param name="start">What is known of its start.</param>
    /// <param name="resilience">What the entry says about timeouts; <see langword="null"/> for nothing.</param>
    /// <param name="hasStale">Whether there is an expired value to do with instead.</param>
    public ValueTask<TierEntry> ReadWithinAsync(ValueTask<TierEntry> call, in CallStart start, Resilience? resilience, bool hasStale)
    {
        TimeSpan? hard = resilience?.TierHardTimeout ?? _options.HardTimeout;
        return _timedReads.WithinAsync(call, start, hasStale ? resilience?.TierSoftTimeout ?? _options.SoftTimeout ?? hard : hard);
    }

    /// <summary>Waits for a call within the hard limit.</summary>
    /// <param name="call">The call.</param>
    /// <param name="late">Takes the result of a call that was given up and succeeded after all.</param>
    public ValueTask<T> WithinAsync<T>(ValueTask<T> call, Action<T>? late = null) =>
        call.IsCompleted || _options.HardTimeout is not { } limit ? call : WaitAsync(call.AsTask(), limit, late);

    /// <inheritdoc cref="WithinAsync{T}(ValueTask{T}, Action{T})"/>
    public ValueTask WithinAsync(ValueTask call) =>
        call.IsCompleted || _options.HardTimeout is not { } limit ? call : new ValueTask(call.AsTask().WithinAsync(limit, _time));

    public void Succeeded(TierWork work)
    {
        if (!IsWrite(work) && _reads.Succeeded())
            _logger.CircuitClosed(_name, Reads);
        if (work != TierWork.Read && _writes.Succeeded())
            _logger.CircuitClosed(_name, Writes);
    }

    /// <summary>The caller of a call gave up.</summary>
    public void Abandoned(TierWork work)
    {
        if (IsWrite(work))
            _writes.Abandoned();
        else
            _reads.Abandoned();
    }

    /// <summary>Whether an exception is the tier's fault, which is then counted and logged; it is not if the caller has given up.</summary>
    public bool IsFault(TierWork work, Exception exception, long started, string operation, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested || (_disposed && exception is OperationCanceledException))
        {
            Abandoned(work);
            return false;
        }
        Failed(work, exception, started, operation);
        return true;
    }

    /// <summary>A call failed or took too long.</summary>
    /// <param name="work">What it was for.</param>
    /// <param name="exception">The failure.</param>
    /// <param name="started">The reading of <see cref="Now"/> before the call.</param>
    /// <param name="operation">What it was, for the log.</param>
    public void Failed(TierWork work, Exception exception, long started, string operation)
    {
        Interlocked.Increment(ref FaultsOf(work));
        if (_throttle.TryPass(out long heldBack))
            _logger.TierFailed(exception, _name, operation, heldBack);
        if (exception is TimeoutException)
        {
            Interlocked.Increment(ref _counters.Timeouts);
            Report(_reads.TimedOut(started), Reads, exception);
            Report(_writes.TimedOut(started), Writes, exception);
        }
        else if (work == TierWork.Read)
        {
            Report(_reads.Failed(), Reads, exception);
        }
        else
        {
            Report(_writes.Failed(), Writes, exception);
            if (!IsWrite(work))
                _reads.Abandoned();
        }
    }

    /// <summary>Disposes of an answer that nobody waits for any more. A failure is the tier's: nobody above could see it, and it would end the process.</summary>
    public void Discard(in TierEntry late)
    {
        try
        {
            late.Dispose();
        }
        catch (Exception exception)
        {
            Failed(TierWork.Read, exception, Now, "dispose of a late answer");
        }
    }

    /// <summary>Gives up the reads under way.</summary>
    public void Dispose()
    {
        _disposed = true;
        _timedReads.Dispose();
    }

    private ref long FaultsOf(TierWork work)
    {
        switch (work)
        {
            case TierWork.Read or TierWork.ReadVersion:
                return ref _counters.ReadFaults;
            case TierWork.Write:
                return ref _counters.WriteFaults;
            default:
                return ref _counters.RemovalFaults;
        }
    }

    private static bool IsWrite(TierWork work) => work is TierWork.Write or TierWork.ReadVersion;

    private async ValueTask<T> WaitAsync<T>(Task<T> call, TimeSpan limit, Action<T>? late)
    {
        try
        {
            await call.WithinAsync(limit, _time).ConfigureAwait(false);
        }
        catch (TimeoutException) when (late is not null && !call.IsCompleted)
        {
            _ = call.ContinueWith(
                static (task, state) => ((Action<T>)state!)(task.Result), late,
                CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
        return await call.ConfigureAwait(false);
    }

    private void Report(bool opened, string calls, Exception exception)
    {
        if (opened)
            _logger.CircuitOpened(exception, _name, calls, _options.BreakDuration);
    }
}
