using System.Runtime.CompilerServices;
using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>Runs a flight: a second look in L1, the tiers below, the factory.</summary>
internal sealed class FlightRunner(TierChain chain, ChainReader reader, ClusterFlight cluster, ValueEncoder encoder, FailSafe failSafe, FactoryRunner factories, FlightEnding ends)
{
    // For how many throttles a computation that goes on behind its callers keeps the next one away.
    private const int PatienceInThrottles = 10;

    /// <summary>Runs a flight to its end. Callers that wait are completed before this returns or throws.</summary>
    /// <param name="flight">The flight, which the caller leads.</param>
    /// <param name="state">Passed to the factory.</param>
    /// <param name="factory">Computes the value.</param>
    /// <param name="settings">What holds for the entry.</param>
    /// <param name="tags">The tags of the call.</param>
    /// <param name="leaderToken">The token of the call, which the factory may have captured.</param>
    // Pooled: this runs for every hit below L1, and its task is awaited once.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<CacheResult<T>> RunAsync<TState, T>(
        Flight<T> flight, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, EntrySettings settings, string[] tags, CancellationToken leaderToken)
    {
        using TimedOperation? timed = chain.Telemetry.Flight(flight.Key);
        StaleValue? stale = null;
        try
        {
            if (settings.ReadsLocal && ends.TryFinishFromMemory(flight, out FlightOutcome<T> outcome))
                return outcome.Result;
            stale = failSafe.Find(flight.Key, settings);
            if (!UsesLower(flight.Key, settings, tags))
                return await EndMissAsync(flight, state, factory, settings, tags, lower: false, null, stale).ConfigureAwait(false);
            TierEntry first = await reader.AskFirstAsync(flight.Key, settings, stale, LeaversTokenOf(flight)).ConfigureAwait(false);
            return await GoOnAsync(flight, first, state, factory, settings, tags, stale).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!leaderToken.IsCancellationRequested && failSafe.TryServe(flight, stale, settings, exception, out FlightOutcome<T> saved))
            {
                ends.Finish(flight, saved);
                return saved.Result;
            }
            timed?.Fail(exception);
            ends.FinishFailed(flight, exception, leaderToken);
            throw;
        }
    }

    // Apart from RunAsync, and not asynchronous, because a TierHit is so large that to clear one per call would cost a tenth of a hit.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<CacheResult<T>> GoOnAsync<TState, T>(
        Flight<T> flight, in TierEntry first, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, in EntrySettings settings, string[] tags, StaleValue? stale)
    {
        if (!reader.TryOpenFirst(flight.Key, first, stale, out TierHit<T> hit, out Task<TierHit<T>?>? later))
            return EndReadAsync(flight, later, state, factory, settings, tags, stale);
        CacheResult<T> result = ends.FinishHit(flight, hit, settings, tickets: null).Result;
        flight.Recycle();
        return new ValueTask<CacheResult<T>>(result);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CacheResult<T>> EndReadAsync<TState, T>(
        Flight<T> flight, Task<TierHit<T>?>? first, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, EntrySettings settings, string[] tags,
        StaleValue? stale)
    {
        WriteTickets? tickets = TicketsFor(settings);
        if (await reader.ReadOnAsync(flight.Key, first, settings, tickets, stale, TokenOf(flight)).ConfigureAwait(false) is { } hit)
            return ends.FinishHit(flight, hit, settings, tickets).Result;
        if (settings.Computes && settings.ClusterFlight && chain.ClusterLock is not null)
        {
            (TierHit<T>? late, IAsyncDisposable? held) = await cluster.EnterAsync<T>(flight.Key, settings, tickets, stale, TokenOf(flight)).ConfigureAwait(false);
            if (late is not null)
                return ends.FinishHit(flight, late.Value, settings, tickets).Result;
            if (held is not null)
                flight.ClusterLock = held;
        }
        return await EndMissAsync(flight, state, factory, settings, tags, lower: true, tickets, stale).ConfigureAwait(false);
    }

    private ValueTask<CacheResult<T>> EndMissAsync<TState, T>(
        Flight<T> flight, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, in EntrySettings settings, string[] tags, bool lower,
        WriteTickets? tickets, StaleValue? stale) =>
        settings.Computes
            ? ComputeAsync(flight, state, factory, settings, tags, lower, tickets, stale)
            : new ValueTask<CacheResult<T>>(ends.FinishMissing(flight).Result);

    /// <summary>Runs a flight that computes an entry anew although L1 has it. Callers that join it meanwhile start again if it comes to nothing.</summary>
    /// <param name="flight">The flight, which the caller leads.</param>
    /// <param name="current">The entry that L1 has.</param>
    /// <param name="state">Passed to the factory.</param>
    /// <param name="factory">Computes the value.</param>
    /// <param name="settings">What holds for the entry.</param>
    /// <param name="tags">The tags of the call.</param>
    public async ValueTask RefreshAsync<TState, T>(
        Flight<T> flight, MemoryEntry current, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, EntrySettings settings, string[] tags)
    {
        using TimedOperation? timed = chain.Telemetry.Flight(flight.Key);
        try
        {
            WriteTickets? tickets = null;
            bool lower = UsesLower(flight.Key, settings, tags);
            if (lower)
            {
                tickets = TicketsFor(settings);
                if (tickets is not null)
                    await tickets.TakeAllAsync(flight.Key, TokenOf(flight)).ConfigureAwait(false);
                // Another instance may have refreshed it already.
                if (await reader.ReadAsync<T>(flight.Key, settings, null, null, TokenOf(flight)).ConfigureAwait(false) is { } hit)
                {
                    if (hit.Header.Created > current.Created)
                    {
                        ends.FinishHit(flight, hit, settings, tickets);
                        return;
                    }
                    hit.Entry.Dispose();
                }
                if (settings.ClusterFlight && chain.ClusterLock is not null)
                {
                    flight.ClusterLock = await cluster.TryEnterAsync(flight.Key, TokenOf(flight)).ConfigureAwait(false);
                    if (flight.ClusterLock is null)
                    {
                        ends.FinishAbandoned(flight);
                        return;
                    }
                }
            }
            await ComputeAsync(flight, state, factory, settings, tags, lower, tickets, new StaleValue(TimeSpan.Zero).With(current)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            timed?.Fail(exception);
            ends.FinishAbandoned(flight);
            throw;
        }
    }

    /// <summary>Whether an entry with these settings has to do with the tiers below L1.</summary>
    public bool UsesLower(string key, in EntrySettings settings, string[] tags) =>
        chain.HasLower && (settings.ReadsLower || settings.WritesLower) && encoder.FitsLower(key, tags);

    /// <summary>Where the versions go that later writes will name; <see langword="null"/> when none will.</summary>
    public WriteTickets? TicketsFor(EntrySettings settings) =>
        settings.WritesLower && chain.HasConditionalLower ? new WriteTickets(chain.Lower, chain.Time) : null;

    // Pooled: this runs for every miss, and its task is awaited once.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CacheResult<T>> ComputeAsync<TState, T>(
        Flight<T> flight, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, EntrySettings settings, string[] tags, bool lower,
        WriteTickets? tickets, StaleValue? stale)
    {
        Flight.Current = flight;
        if (stale?.Entry is not null)
            flight.Previous = PreviousOf<T>(stale.Entry, stale.Validators);
        TimeSpan? hard = settings.Resilience.FactoryHardTimeout;
        TimeSpan? soft = settings.Resilience.HasFailSafe && stale?.Entry is not null && !stale.IsCurrent ? settings.Resilience.FactorySoftTimeout : null;
        T value;
        if (hard is null && soft is null)
        {
            value = await factories.RunAsync(state, factory, TokenOf(flight)).ConfigureAwait(false);
        }
        else
        {
            if (soft is not null && IsComputedAlready(flight, settings) && failSafe.TryServe(flight, stale, settings, null, out FlightOutcome<T> same))
            {
                ends.Finish(flight, same);
                return same.Result;
            }
            Computation<T> computation = factories.Start(state, factory, TokenOf(flight));
            if (soft < (hard ?? TimeSpan.MaxValue) && !await computation.EndsWithinAsync(soft.Value).ConfigureAwait(false)
                && failSafe.TryServe(flight, stale, settings, null, out FlightOutcome<T> saved))
            {
                Interlocked.Increment(ref chain.Counters.FactoryTimeouts);
                Interlocked.Increment(ref chain.Counters.Misses);
                flight.Answered = true;
                flight.Complete(saved);
                chain.Background.Add(FinishLateAsync(flight, computation, settings, tags, lower, tickets));
                return saved.Result;
            }
            value = await factories.WithinHardLimitAsync(flight, computation, hard).ConfigureAwait(false);
        }
        return ends.FinishComputed(flight, value, settings, tags, lower, tickets).Result;
    }

    // A method of its own, so that only flights with such a value pay for what the lambda holds.
    private PreviousValue PreviousOf<T>(MemoryEntry entry, EntryValidators? validators) =>
        new(validators, () => encoder.TryGetValue(entry, out T? previous) ? (true, previous) : default);

    // A source that is slower than soft timeout and throttle together is not asked again while it answers; one that never answers is, some time.
    private bool IsComputedAlready(Flight flight, EntrySettings settings) =>
        chain.Flights.IsComputing(flight, flight.Created - PatienceInThrottles * Math.Min(settings.Resilience.FailSafeThrottle.Ticks, TimeSpan.TicksPerHour));

    // The callers have an expired value; what the factory makes of it is stored as any other result is.
    private async ValueTask FinishLateAsync<T>(
        Flight<T> flight, Computation<T> computation, EntrySettings settings, string[] tags, bool lower, WriteTickets? tickets)
    {
        try
        {
            T value = await factories.WithinHardLimitAsync(flight, computation, settings.Resilience.FactoryHardTimeout).ConfigureAwait(false);
            ends.FinishComputed(flight, value, settings, tags, lower, tickets);
        }
        catch (Exception exception)
        {
            chain.Throttled.FactoryFailedBehind(exception);
            ends.LeaveTable(flight);
        }
    }

    private CancellationToken TokenOf(Flight flight) => flight.Cancellation?.Token ?? chain.ShutdownToken;

    // For calls of tiers, which the tiers' guards end when the cache is disposed: a registration with the token that all share would cost each call more than its limit.
    private static CancellationToken LeaversTokenOf(Flight flight) => flight.Cancellation?.Token ?? CancellationToken.None;
}
