using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Invalidation;

/// <summary>Sends invalidations in the order in which they were made, and keeps those that cannot be sent.</summary>
internal sealed class InvalidationSender(
    IBackplane backplane, CoordinatorTiming timing, ClusterClock clock, TimeProvider time, CacheCounters counters, ILogger logger, int maximumUnsent)
{
    // A backplane that has just failed is left alone until the next attempt is due, so that a hanging one costs one caller its timeout and not each.
    private const long NeverFailed = long.MinValue;

    private readonly UnsentInvalidations _unsent = new(maximumUnsent);
    private readonly LogThrottle _faults = new(time, LogThrottle.Interval);
    private long _failedAt = NeverFailed;

    /// <summary>How many wait to be sent.</summary>
    public int Unsent => _unsent.Count;

    /// <summary>Moves the times of those that wait: the clock they were read from turned out to be off by that much.</summary>
    public void Shift(long ticks) => _unsent.Shift(ticks);

    /// <summary>Sends an invalidation, behind those that already wait. When it cannot be sent it is queued.</summary>
    /// <returns>The fault, if it could not be sent now.</returns>
    public async ValueTask<Exception?> PublishAsync(InvalidationMessage message)
    {
        try
        {
            if (HasUnknownTime(message))
                throw new InvalidOperationException("The time of the cluster is not known yet, because the backplane has not answered; the invalidation is sent when it has.");
            if (HasJustFailed() || !await TrySendUnsentAsync().ConfigureAwait(false))
                throw new InvalidOperationException("Earlier invalidations could not be sent yet; this one waits behind them.");
            await SendAsync(message).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            _unsent.Add(message);
            CountFault(exception);
            return exception;
        }
    }

    /// <summary>Sends what waits.</summary>
    /// <returns>Whether nothing waits any more.</returns>
    public async ValueTask<bool> TrySendUnsentAsync()
    {
        if (_unsent.Count == 0)
            return true;
        using IDisposable? turn = _unsent.TryEnter();
        if (turn is null)
            return false;
        while (_unsent.Peek() is { } message)
        {
            if (HasUnknownTime(message))
                return false;
            try
            {
                await SendAsync(message).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                CountFault(exception);
                return false;
            }
            _unsent.Remove(message);
        }
        return true;
    }

    // One that was given up may have been sent all the same; receivers do not mind hearing it twice.
    private async ValueTask SendAsync(InvalidationMessage message)
    {
        Task sending = backplane.PublishAsync(message, CancellationToken.None).AsTask();
        try
        {
            await sending.WithinAsync(timing.SendTimeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!sending.IsCompleted)
        {
            Volatile.Write(ref _failedAt, time.GetTimestamp());
            throw;
        }
        Volatile.Write(ref _failedAt, NeverFailed);
        counters.CountSent(message.Kind);
    }

    private bool HasJustFailed() =>
        Volatile.Read(ref _failedAt) is not NeverFailed and var failed && time.GetElapsedTime(failed) < timing.Tick;

    // What names its keys is told apart by versions; all else by a time that must mean the same everywhere.
    private bool HasUnknownTime(InvalidationMessage message) =>
        message.IsATime && !clock.IsTrusted;

    private void CountFault(Exception exception)
    {
        Interlocked.Increment(ref counters.PublishFaults);
        if (_faults.TryPass(out _))
            logger.PublishFailed(exception, _unsent.Count);
    }
}
