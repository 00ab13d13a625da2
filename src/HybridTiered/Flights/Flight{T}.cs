using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Flights;

/// <summary>A flight whose callers want a <typeparamref name="T"/>.</summary>
internal sealed class Flight<T>(string key, HybridCacheEntryFlags flags, long created, long epoch, Flight? parent, CancellationTokenSource? cancellation)
    : Flight(key, flags, created, epoch, parent, cancellation)
{
    private TaskCompletionSource<FlightOutcome<T>>? _completion;

    /// <summary>What callers that wait for it await. Made under the shard's lock while the flight is joinable.</summary>
    public Task<FlightOutcome<T>> Completion_NeedsLock =>
        (_completion ??= new TaskCompletionSource<FlightOutcome<T>>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Releases the callers that wait. The flight is not joinable any more.</summary>
    public void Complete(FlightOutcome<T> outcome) => _completion?.SetResult(outcome);

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
