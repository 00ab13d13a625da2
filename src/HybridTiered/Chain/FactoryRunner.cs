using HybridTiered.Diagnostics;
using HybridTiered.Flights;

namespace HybridTiered.Chain;

/// <summary>Calls factories, counts how that went, and gives up those that take too long.</summary>
internal sealed class FactoryRunner(TierChain chain)
{
    /// <summary>Calls a factory on the caller's thread.</summary>
    public async ValueTask<T> RunAsync<TState, T>(TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CancellationToken token)
    {
        using TimedOperation? timed = chain.Telemetry.Factory();
        Interlocked.Increment(ref chain.Counters.FactoryCalls);
        try
        {
            return await factory(state, token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            timed?.Fail(exception);
            Interlocked.Increment(ref chain.Counters.FactoryFailures);
            throw;
        }
    }

    /// <summary>Calls a factory that may be given up: on a thread of its own, because one that blocks could not be.</summary>
    public Computation<T> Start<TState, T>(TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CancellationToken token) =>
        new(Task.Run(() => RunAsync(state, factory, token).AsTask(), CancellationToken.None), chain.Time);

    /// <summary>Waits for a factory until it ends or its hard timeout is over; then its token fires, and what it still returns is ignored.</summary>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    public async ValueTask<T> WithinHardLimitAsync<T>(Flight<T> flight, Computation<T> computation, TimeSpan? hard)
    {
        if (hard is { } limit && !await computation.EndsWithinAsync(limit).ConfigureAwait(false))
        {
            Interlocked.Increment(ref chain.Counters.FactoryTimeouts);
            computation.Task.Forget();
            if (flight.Cancellation is { } cancellation)
                await cancellation.CancelAsync().ConfigureAwait(false);
            throw new TimeoutException($"The factory of cache key '{flight.Key}' did not end within its FactoryHardTimeout of {limit}; make the source faster, raise it, or turn on fail-safe.");
        }
        return await computation.Task.ConfigureAwait(false);
    }
}
