using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Flights;

/// <summary>A flight whose callers want a <typeparamref name="T"/>.</summary>
internal sealed class Flight<T> : Flight
{
    // The last flight that ended on this thread: a call that goes on on it often starts the next.
    [ThreadStatic]
    private static Flight<T>? _spare;

    private TaskCompletionSource<FlightOutcome<T>>? _completion;

    private Flight()
    {
    }

    /// <summary>What callers that wait for it await. Made under the shard's lock while the flight is joinable.</summary>
    public Task<FlightOutcome<T>> Completion_NeedsLock =>
        (_completion ??= new TaskCompletionSource<FlightOutcome<T>>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public static Flight<T> Start(string key, HybridCacheEntryFlags flags, long created, long epoch, Flight? parent, CancellationTokenSource? cancellation)
    {
        Flight<T> flight = _spare ?? new Flight<T>();
        _spare = null;
        flight.Begin(key, flags, created, epoch, parent, cancellation);
        return flight;
    }

    /// <summary>
    /// The leader is done with a flight that ran no factory, whose execution context could still hold it. It is used again if it has ended and nobody else ever had it.
    /// </summary>
    public void Recycle()
    {
        if (!Ended || Shared || _completion is not null)
            return;
        Begin("", default, 0, 0, null, null);
        _spare = this;
    }

    /// <summary>Releases the callers that wait. The flight is not joinable any more.</summary>
    public void Complete(in FlightOutcome<T> outcome) => _completion?.SetResult(outcome);

    /// <summary>Fails the callers that wait. The flight is not joinable any more.</summary>
    public void Fail(Exception exception)
    {
        if (_completion is null)
            return;
        _completion.SetException(exception);
        // Every caller may have left; the leader has seen the exception, so nobody else has to.
        _ = _completion.Task.Exception;
    }
}
