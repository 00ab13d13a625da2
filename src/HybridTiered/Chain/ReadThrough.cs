using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Flights;

namespace HybridTiered.Chain;

/// <summary>What a caller goes through whose key is not in L1: it leads a flight, or shares another caller's.</summary>
internal sealed class ReadThrough(TierChain chain, FlightRunner runner, FlightEnding ends)
{
    /// <summary>Gets or computes one key.</summary>
    /// <exception cref="InvalidOperationException">The factory of the key asks for the key.</exception>
    // Not asynchronous itself: every asynchronous method between a tier and its caller makes a hit slower.
    public ValueTask<CacheResult<T>> GetAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, in EntrySettings settings, string[] tags, CancellationToken cancellationToken)
    {
        long epoch = chain.Tags.Epoch;
        bool canLeave = cancellationToken.CanBeCanceled || settings.Resilience.FactoryHardTimeout is not null;
        if (!chain.Flights.JoinOrStart(key, settings.Flags, canLeave, out Flight<T> flight, out Task<FlightOutcome<T>>? completion))
            return JoinAsync(flight, completion!, epoch, state, factory, settings, tags, cancellationToken);
        if (flight.IsRunningAround())
        {
            // An invalidation made by the factory has cut its flight off; without this it would call itself for ever.
            InvalidOperationException selfReference = SelfReference(flight);
            ends.FinishFailed(flight, selfReference, CancellationToken.None);
            return ValueTask.FromException<CacheResult<T>>(selfReference);
        }
        ValueTask<CacheResult<T>> run = runner.RunAsync(flight, state, factory, settings, tags, cancellationToken);
        return completion is null || run.IsCompleted ? run : WaitAsLeaderAsync(flight, run, completion, cancellationToken);
    }

    /// <summary>Waits for the flight of another caller.</summary>
    /// <returns>
    /// The result, or <see langword="null"/> when this caller has to start again: the factory gave up with its own caller, what it made was invalidated
    /// before this caller came, or no copy of it can be made.
    /// </returns>
    public async ValueTask<CacheResult<T>?> WaitAsync<T>(Flight<T> flight, Task<FlightOutcome<T>> completion, long epoch, CancellationToken cancellationToken)
    {
        if (flight.IsRunningHere())
        {
            Leave(flight);
            Interlocked.Increment(ref chain.Counters.Misses);
            throw SelfReference(flight);
        }
        Interlocked.Increment(ref chain.Counters.Shared);
        FlightOutcome<T> outcome = await AwaitOrLeaveAsync(flight, completion, cancellationToken).ConfigureAwait(false);
        T? value = default;
        if (outcome.Abandoned
            || (outcome.Found && flight.Epoch != epoch && chain.Tags.IsDead(flight.Key, outcome.Created, outcome.Tags))
            || !TryTakeCopy(outcome, out value))
        {
            // The request is counted by what it becomes.
            Interlocked.Decrement(ref chain.Counters.Shared);
            return null;
        }
        return new CacheResult<T>(outcome.Found, value, outcome.Level) { IsStale = outcome.IsStale };
    }

    private async ValueTask<CacheResult<T>> JoinAsync<TState, T>(
        Flight<T> flight, Task<FlightOutcome<T>> completion, long epoch,
        TState state, Func<TState, CancellationToken, ValueTask<T>> factory, EntrySettings settings, string[] tags, CancellationToken cancellationToken) =>
        await WaitAsync(flight, completion, epoch, cancellationToken).ConfigureAwait(false) is { } shared
            ? shared
            : await GetAsync(flight.Key, state, factory, settings, tags, cancellationToken).ConfigureAwait(false);

    private bool TryTakeCopy<T>(FlightOutcome<T> outcome, out T? value)
    {
        try
        {
            value = outcome.ForWaiter();
            return true;
        }
        catch (Exception exception)
        {
            chain.Throttled.DeserializationFailed(exception, "L1", typeof(T));
            value = default;
            return false;
        }
    }

    // The flight goes on for the others when its leader leaves, so the leader waits like them; but the value it gets is the original.
    private async ValueTask<CacheResult<T>> WaitAsLeaderAsync<T>(
        Flight<T> flight, ValueTask<CacheResult<T>> run, Task<FlightOutcome<T>> completion, CancellationToken cancellationToken)
    {
        Task<CacheResult<T>> whole = run.AsTask();
        try
        {
            await AwaitOrLeaveAsync(flight, completion, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Nobody awaits the flight itself any more; its failure reaches its callers through the completion.
            whole.Forget();
            throw;
        }
        return await whole.ConfigureAwait(false);
    }

    private async ValueTask<FlightOutcome<T>> AwaitOrLeaveAsync<T>(
        Flight<T> flight, Task<FlightOutcome<T>> completion, CancellationToken cancellationToken)
    {
        try
        {
            return await completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !completion.IsCompleted)
        {
            Leave(flight);
            throw;
        }
    }

    /// <summary>A caller of a flight gives up; the last one cancels it.</summary>
    public void Leave(Flight flight)
    {
        try
        {
            chain.Flights.Leave(flight)?.Cancel();
        }
        catch (AggregateException exception)
        {
            // What the factory registered with its token threw: no concern of the caller that happens to leave last.
            chain.Logger.BackgroundWorkFailed(exception);
        }
    }

    private static InvalidOperationException SelfReference(Flight flight) => new(
        $"The factory of cache key '{flight.Key}' asks the cache for the same key, and would wait for itself. Compute the value without it, or under another key.");
}
