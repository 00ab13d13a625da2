using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;

namespace HybridTiered.Chain;

/// <summary>
/// Makes a flight one for the whole cluster: of all instances that miss a key, the one that gets the key's lock computes, and the others wait until it has written and
/// then read. The lock only saves work. When it cannot be had in time, or its server fails, the instance computes on its own.
/// </summary>
internal sealed class ClusterFlight(TierChain chain, ChainReader reader)
{
    private readonly LogThrottle _throttle = new(chain.Time, TimeSpan.FromSeconds(10));

    /// <summary>Takes the lock of a key, or waits for the instance that has it and reads again.</summary>
    /// <returns>What another instance has written meanwhile, or else the lock, if it was to be had.</returns>
    public async ValueTask<(TierHit<T>? Hit, IAsyncDisposable? Lock)> EnterAsync<T>(
        string key, EntrySettings settings, WriteTickets? tickets, StaleValue? stale, CancellationToken cancellationToken)
    {
        TimeSpan lifetime = chain.Options.ClusterFlightLifetime;
        // With an expired value at hand the wait is as short as that for a factory.
        TimeSpan patience = stale?.Entry is null ? lifetime : Lifetimes.Shorter(lifetime, settings.Resilience.FactorySoftTimeout ?? lifetime);
        string lockKey = chain.Options.KeyPrefix + key;
        long started = chain.Time.GetTimestamp();
        try
        {
            while (true)
            {
                IAsyncDisposable? held = await chain.ClusterLock!.TryAcquireAsync(lockKey, lifetime, cancellationToken).ConfigureAwait(false);
                TimeSpan left = patience - chain.Time.GetElapsedTime(started);
                if (held is null && left > TimeSpan.Zero)
                    await chain.ClusterLock.WaitForReleaseAsync(lockKey, left, cancellationToken).ConfigureAwait(false);

                // Whoever had the lock before may have written since this flight looked last, and versions have to be from after this look.
                if (await reader.ReadAsync<T>(key, settings, tickets, stale, cancellationToken).ConfigureAwait(false) is { } hit)
                {
                    if (held is not null)
                        await held.DisposeAsync().ConfigureAwait(false);
                    return (hit, null);
                }
                if (held is not null || left <= TimeSpan.Zero)
                    return (null, held);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Report(exception);
            return (null, null);
        }
    }

    /// <summary>Takes the lock of a key if no other instance has it; <see langword="null"/> if one has, or the lock's server fails.</summary>
    public async ValueTask<IAsyncDisposable?> TryEnterAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return await chain.ClusterLock!.TryAcquireAsync(chain.Options.KeyPrefix + key, chain.Options.ClusterFlightLifetime, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Report(exception);
            return null;
        }
    }

    /// <summary>Gives the lock back after the value was written. That it has lapsed meanwhile, or cannot be reached, hurts nobody.</summary>
    public async ValueTask LeaveAsync(IAsyncDisposable held)
    {
        try
        {
            await held.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    private void Report(Exception exception)
    {
        if (_throttle.TryPass(out long heldBack))
            chain.Logger.ClusterLockFailed(exception, heldBack);
    }
}
