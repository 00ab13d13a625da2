using HybridTiered.Configuration;
using HybridTiered.Flights;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>Computes an entry anew before it expires, behind the hit that found it old. Once for each entry, and once in the cluster where flights are the cluster's.</summary>
internal sealed class EagerRefresh(TierChain chain, FlightRunner runner, ReadThrough reads)
{
    /// <summary>Starts to compute an entry, unless that has been begun.</summary>
    public void Start<TState, T>(
        MemoryEntry entry, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, EntrySettings settings, string[] tags)
    {
        if (entry.Plan?.TryClaimRefresh() != true)
            return;
        Interlocked.Increment(ref chain.Counters.EagerRefreshes);
        // Not on the caller's thread: a hit does not wait for what a factory does first.
        chain.Background.Add(new ValueTask(Task.Run(() => RunAsync(entry, state, factory, settings, tags))));
    }

    private async Task RunAsync<TState, T>(
        MemoryEntry entry, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, EntrySettings settings, string[] tags)
    {
        bool canBeCancelled = settings.Resilience.FactoryHardTimeout is not null;
        if (!chain.Flights.JoinOrStart(entry.Key, settings.Flags, canBeCancelled, out Flight<T> flight, out _))
        {
            reads.Leave(flight);
            return;
        }
        try
        {
            await runner.RefreshAsync(flight, entry, state, factory, settings, tags).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            chain.Throttled.FactoryFailedBehind(exception);
        }
    }
}
