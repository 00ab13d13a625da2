using System.Threading.Channels;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Invalidation;

/// <summary>
/// Connects one cache with the others: sends its invalidations, applies theirs one after the other, and closes every gap from the journal.
/// </summary>
/// <remarks>
/// One loop does all receiving work, so that nothing here needs a lock but the queue of what could not be sent.
/// </remarks>
internal sealed class InvalidationCoordinator : IBackplaneReceiver, IAsyncDisposable
{
    private const int InboxCapacity = 65_536;

    // Until the subscription is live, nobody tells this instance what is invalidated.
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    // A server that does not even refuse must not hold up the application's first requests.
    private static readonly TimeSpan LongestWaitAtStart = TimeSpan.FromMilliseconds(250);

    private readonly IBackplane? _backplane;
    private readonly JournalReader? _journal;
    private readonly ClockMeasurement? _measurement;
    private readonly InvalidationSender? _sender;
    private readonly CoordinatorTiming _timing;
    private readonly TimeProvider _time;
    private readonly ClusterClock _clock;
    private readonly CacheCounters _counters;
    private readonly ILogger _logger;
    private readonly Channel<CoordinatorEvent> _inbox;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _startLock = new();
    private readonly ConnectionState _connection = new();

    private IInvalidationTarget _target = null!;
    private Task? _loop;
    private ITimer? _timer;
    private ITimer? _patience;
    private bool _subscribed;
    private bool _opened;
    private bool _overflowed;
    private bool _catchUpFailed;
    private long _lastCatchUp;
    private long _caughtUpAt;
    private TimeSpan _retryDelay;
    private long _lastAttempt;

    public InvalidationCoordinator(
        IBackplane? backplane, CoordinatorTiming timing, TimeProvider time, ClusterClock clock, CacheCounters counters, ILogger logger, int maximumUnsent)
    {
        _backplane = backplane;
        _journal = backplane is IJournal journal ? new JournalReader(journal, ApplyAsync, counters, logger) : null;
        _measurement = backplane is IClusterTime clusterTime ? new ClockMeasurement(clusterTime, clock, time) : null;
        _sender = backplane is null ? null : new InvalidationSender(backplane, timing, clock, time, counters, logger, maximumUnsent);
        _inbox = Channel.CreateBounded<CoordinatorEvent>(
            new BoundedChannelOptions(InboxCapacity) { SingleReader = true, AllowSynchronousContinuations = backplane?.LendsItsThread == true });
        _timing = timing;
        _time = time;
        _caughtUpAt = time.GetTimestamp();
        _clock = clock;
        _counters = counters;
        _logger = logger;
    }

    /// <summary>The random number by which this instance knows its own messages.</summary>
    public long Origin { get; } = Random.Shared.NextInt64(1, long.MaxValue);

    /// <summary>What is told of invalidations that arrive.</summary>
    public required CacheTelemetry Telemetry { get; init; }

    /// <summary>Where they are remembered for those who watch.</summary>
    public required RecentInvalidations Recent { get; init; }

    public bool HasBackplane => _backplane is not null;

    /// <summary>Whether the subscription is live. Without a backplane there is nothing to be disconnected from.</summary>
    public bool IsConnected => _backplane is null || _connection.IsConnected;

    /// <summary>How many invalidations wait to be sent.</summary>
    public int Unsent => _sender?.Unsent ?? 0;

    /// <summary>The id up to which everything was applied.</summary>
    public JournalId Position => _journal?.Position ?? JournalId.None;

    /// <summary>Time since the journal was last read up to its end, or since the start; <see langword="null"/> without a journal.</summary>
    public TimeSpan? JournalLag => _journal is null ? null : _time.GetElapsedTime(Volatile.Read(ref _caughtUpAt));

    /// <summary>
    /// Starts the loop if need be. Ends when this instance takes part, when its first attempt has failed, or after a short while: what starts before then would be given up,
    /// because the times it bears and what it has read are from before anybody could tell this instance anything.
    /// </summary>
    public Task WhenReadyAsync()
    {
        if (_backplane is null)
            return Task.CompletedTask;
        EnsureStarted();
        return _ready.Task;
    }

    /// <summary>Ends when the loop has handled everything that had arrived when this was called, and looked once what there is to do.</summary>
    public async Task WhenSettledAsync()
    {
        EnsureStarted();
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _inbox.Writer.WriteAsync(new CoordinatorEvent(CoordinatorEventKind.Tick, default, settled)).ConfigureAwait(false);
        await settled.Task.ConfigureAwait(false);
    }

    /// <summary>Says whom invalidations act upon. Once, before anything else.</summary>
    public void Attach(IInvalidationTarget target)
    {
        _target = target;
        if (HasBackplane)
            target.BeginOutage();
    }

    /// <summary>Starts the loop, which subscribes. Cheap when it has been started.</summary>
    public void EnsureStarted()
    {
        if (_loop is not null || _stop.IsCancellationRequested)
            return;
        lock (_startLock)
        {
            if (_loop is not null || _stop.IsCancellationRequested)
                return;
            // The context of whichever call came first must not live as long as the cache.
            using (ExecutionContext.SuppressFlow())
            {
                Signal(CoordinatorEventKind.Tick);
                _loop = Task.Run(RunAsync);
                _timer = _time.CreateTimer(
                    static state => ((InvalidationCoordinator)state!)._inbox.Writer.TryWrite(new CoordinatorEvent(CoordinatorEventKind.Tick)),
                    this, _timing.Tick, _timing.Tick);
                if (_backplane is not null)
                {
                    _patience = _time.CreateTimer(
                        static state => ((InvalidationCoordinator)state!)._ready.TrySetResult(), this, LongestWaitAtStart, Timeout.InfiniteTimeSpan);
                }
            }
        }
    }

    /// <summary>Sends an invalidation. When it cannot be sent it is queued and sent later.</summary>
    /// <returns>The fault, if it could not be sent now.</returns>
    public ValueTask<Exception?> PublishAsync(InvalidationMessage message)
    {
        if (_sender is null)
            return default;
        EnsureStarted();
        return _sender.PublishAsync(message);
    }

    public void Receive(ReceivedInvalidation received)
    {
        if (!_inbox.Writer.TryWrite(new CoordinatorEvent(CoordinatorEventKind.Message, received)))
            Volatile.Write(ref _overflowed, true);
    }

    public void ReceiveMalformed() => Interlocked.Increment(ref _counters.Malformed);

    public void ConnectionLost()
    {
        _connection.End(_target);
        Signal(CoordinatorEventKind.Lost);
    }

    public void ConnectionRestored()
    {
        _connection.Begin();
        Signal(CoordinatorEventKind.Restored);
    }

    public async ValueTask DisposeAsync()
    {
        Task? loop;
        lock (_startLock)
        {
            if (_stop.IsCancellationRequested)
                return;
            _stop.Cancel();
            loop = _loop;
        }
        _ready.TrySetResult();
        _timer?.Dispose();
        _patience?.Dispose();
        _inbox.Writer.TryComplete();
        if (loop is not null)
            await loop.ConfigureAwait(false);
        if (_backplane is not null)
            await _backplane.DisposeAsync().ConfigureAwait(false);
    }

    private void Signal(CoordinatorEventKind kind)
    {
        if (!_inbox.Writer.TryWrite(new CoordinatorEvent(kind)))
            Volatile.Write(ref _overflowed, true);
    }

    private async Task RunAsync()
    {
        await foreach (CoordinatorEvent next in _inbox.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (_stop.IsCancellationRequested)
                break;
            // The thread may be lent for messages alone: who tells of the connection may hold a lock, and reading the journal or retrying what failed takes its time.
            if (next.Kind != CoordinatorEventKind.Message)
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            try
            {
                await HandleAsync(next).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                await ClearAfterFaultAsync(exception).ConfigureAwait(false);
            }
            next.Settled?.SetResult();
            _ready.TrySetResult();
        }
        _ready.TrySetResult();
    }

    // Whatever it was: nothing may be served that could have been invalidated by it, and the loop has to go on.
    private async ValueTask ClearAfterFaultAsync(Exception fault)
    {
        Interlocked.Increment(ref _counters.ProcessingErrors);
        _logger.ApplyFailed(fault);
        try
        {
            await _target.ClearAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _logger.ApplyFailed(exception);
        }
    }

    private async ValueTask HandleAsync(CoordinatorEvent next)
    {
        switch (next.Kind)
        {
            case CoordinatorEventKind.Message:
                await ReceiveAsync(next.Received).ConfigureAwait(false);
                break;
            case CoordinatorEventKind.Lost:
                _logger.BackplaneLost();
                break;
            case CoordinatorEventKind.Restored:
                await ConnectAsync().ConfigureAwait(false);
                break;
            default:
                await TickAsync().ConfigureAwait(false);
                break;
        }
        if (Volatile.Read(ref _overflowed))
        {
            Volatile.Write(ref _overflowed, false);
            // That the connection is back may be among what was dropped.
            await ConnectAsync().ConfigureAwait(false);
        }
    }

    private ValueTask ConnectAsync()
    {
        if (_connection.TryConnect())
            _logger.BackplaneConnected();
        return CloseGapAsync();
    }

    private async ValueTask TickAsync()
    {
        if (_backplane is not null)
        {
            if (!_subscribed)
                await TrySubscribeAsync().ConfigureAwait(false);
            if (_subscribed && IsConnected)
            {
                await _sender!.TrySendUnsentAsync().ConfigureAwait(false);
                if (_catchUpFailed || _time.GetElapsedTime(_lastCatchUp) >= _timing.JournalInterval)
                    await CatchUpAsync().ConfigureAwait(false);
            }
        }
        else if (!_opened)
        {
            _opened = true;
            await _target.WritePositionAsync(JournalId.None).ConfigureAwait(false);
        }
        await _target.MaintainAsync().ConfigureAwait(false);
    }

    private async ValueTask TrySubscribeAsync()
    {
        if (_retryDelay > TimeSpan.Zero && _time.GetElapsedTime(_lastAttempt) < _retryDelay)
            return;
        _lastAttempt = _time.GetTimestamp();
        try
        {
            await SynchronizeClockAsync().ConfigureAwait(false);
            // Before, as the connection may be lost again by the time that the subscription is known to stand.
            _connection.Begin();
            await _backplane!.SubscribeAsync(this, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!_stop.IsCancellationRequested)
        {
            _connection.End(null);
            _retryDelay = _retryDelay == TimeSpan.Zero ? _timing.Tick : Lifetimes.Shorter(_retryDelay * 2, LongestRetry);
            _logger.BackplaneUnreachable(exception, _retryDelay);
            return;
        }
        _subscribed = true;
        await ConnectAsync().ConfigureAwait(false);
    }

    private async ValueTask ReceiveAsync(ReceivedInvalidation received)
    {
        if (_journal is null || _journal.IsNew(received))
            await ApplyAsync(received.Message).ConfigureAwait(false);
        if (_journal is { IsBehind: true } && !_catchUpFailed)
            await CatchUpAsync().ConfigureAwait(false);
    }

    private async ValueTask ApplyAsync(InvalidationMessage message)
    {
        if (message.Origin == Origin)
            return;
        Recent.Add(InvalidationDirection.Received, message);
        Telemetry.InvalidationArrived(message.Kind, TimeSpan.FromTicks(_clock.Now - message.Timestamp));
        using TimedOperation? timed = Telemetry.Invalidation(message.Kind, InvalidationDirection.Received);
        try
        {
            await _target.ApplyAsync(message).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await ClearAfterFaultAsync(exception).ConfigureAwait(false);
        }
        // Last, because whoever sees it counted relies on what it says.
        _counters.CountReceived(message.Kind);
    }

    // Messages may have been missed: from the journal if there is one, else by giving up what may be concerned.
    private async ValueTask CloseGapAsync()
    {
        if (_journal is not null)
        {
            await CatchUpAsync().ConfigureAwait(false);
            return;
        }
        await _target.ClearAsync().ConfigureAwait(false);
        await _target.WritePositionAsync(JournalId.None).ConfigureAwait(false);
        _connection.EndOutage(_target);
    }

    private async ValueTask CatchUpAsync()
    {
        _lastCatchUp = _time.GetTimestamp();
        _catchUpFailed = false;
        try
        {
            await SynchronizeClockAsync().ConfigureAwait(false);
            if (_journal is null)
                return;
            await _journal.CatchUpAsync(_target, _stop.Token).ConfigureAwait(false);
            Interlocked.Increment(ref _counters.CatchUps);
            Volatile.Write(ref _caughtUpAt, _time.GetTimestamp());
            _connection.EndOutage(_target);
        }
        catch (Exception exception) when (!_stop.IsCancellationRequested)
        {
            // Not left to the interval: messages may have been missed, and the subscription can be back before the commands are.
            _catchUpFailed = true;
            _logger.CatchUpFailed(exception);
        }
    }

    private async ValueTask SynchronizeClockAsync()
    {
        if (_measurement is null)
            return;
        bool first = !_clock.IsSynchronized;
        TimeSpan moved = await _measurement.SynchronizeAsync(_stop.Token).ConfigureAwait(false);
        if (moved == TimeSpan.Zero)
            return;
        if (first)
            _sender!.Shift(moved.Ticks);
        await _target.ClockMovedAsync(first, moved.Ticks).ConfigureAwait(false);
    }
}
