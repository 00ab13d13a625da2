using System.Runtime.CompilerServices;
using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Serialization;
using HybridTiered.Tags;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>
/// Runs a flight: a second look in L1, the tiers below, the factory. Its result is stored in L1 and the callers are released in one step with the
/// flight's end for new callers; what the lower tiers get is written behind.
/// </summary>
internal sealed class FlightRunner(TierChain chain, ChainReader reader, ClusterFlight cluster, ValueEncoder encoder, WriteBehind behind, FailSafe failSafe, FactoryRunner factories)
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
            if (settings.ReadsLocal && TryFinishFromMemory(flight, out FlightOutcome<T> outcome))
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
                Finish(flight, saved);
                return saved.Result;
            }
            timed?.Fail(exception);
            FinishFailed(flight, exception, leaderToken);
            throw;
        }
    }

    // Apart from RunAsync, and not asynchronous, because a TierHit is so large that to clear one per call would cost a tenth of a hit.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<CacheResult<T>> GoOnAsync<TState, T>(
        Flight<T> flight, in TierEntry first, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, in EntrySettings settings, string[] tags, StaleValue? stale)
    {
        ValueTask<TierHit<T>?> opened = reader.OpenFirstAsync<T>(flight.Key, first, stale);
        if (!opened.IsCompletedSuccessfully)
            return EndReadAsync(flight, opened, state, factory, settings, tags, stale);
        TierHit<T>? hit = opened.Result;
        if (hit is null)
            return EndReadAsync(flight, default, state, factory, settings, tags, stale);
        CacheResult<T> result = FinishHit(flight, hit.GetValueOrDefault(), settings, tickets: null).Result;
        flight.Recycle();
        return new ValueTask<CacheResult<T>>(result);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<CacheResult<T>> EndReadAsync<TState, T>(
        Flight<T> flight, ValueTask<TierHit<T>?> first, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, EntrySettings settings, string[] tags,
        StaleValue? stale)
    {
        WriteTickets? tickets = TicketsFor(settings);
        if (await reader.ReadOnAsync(flight.Key, first, settings, tickets, stale, TokenOf(flight)).ConfigureAwait(false) is { } hit)
            return FinishHit(flight, hit, settings, tickets).Result;
        if (settings.Computes && settings.ClusterFlight && chain.ClusterLock is not null)
        {
            (TierHit<T>? late, IAsyncDisposable? held) = await cluster.EnterAsync<T>(flight.Key, settings, tickets, stale, TokenOf(flight)).ConfigureAwait(false);
            if (late is not null)
                return FinishHit(flight, late.Value, settings, tickets).Result;
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
            : new ValueTask<CacheResult<T>>(FinishMissing(flight).Result);

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
                        FinishHit(flight, hit, settings, tickets);
                        return;
                    }
                    hit.Entry.Dispose();
                }
                if (settings.ClusterFlight && chain.ClusterLock is not null)
                {
                    flight.ClusterLock = await cluster.TryEnterAsync(flight.Key, TokenOf(flight)).ConfigureAwait(false);
                    if (flight.ClusterLock is null)
                    {
                        FinishAbandoned(flight);
                        return;
                    }
                }
            }
            await ComputeAsync(flight, state, factory, settings, tags, lower, tickets, new StaleValue(TimeSpan.Zero).With(current)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            timed?.Fail(exception);
            FinishAbandoned(flight);
            throw;
        }
    }

    /// <summary>Whether an entry with these settings has to do with the tiers below L1.</summary>
    public bool UsesLower(string key, EntrySettings settings, string[] tags) =>
        chain.HasLower && (settings.ReadsLower || settings.WritesLower) && encoder.FitsLower(key, tags);

    /// <summary>Where the versions go that later writes will name; <see langword="null"/> when none will.</summary>
    public WriteTickets? TicketsFor(EntrySettings settings) =>
        settings.WritesLower && chain.HasConditionalLower ? new WriteTickets(chain.Lower, chain.Time) : null;

    /// <summary>Ends a flight with what L1 has by now: whoever stored it did so between the caller's look and the flight's start.</summary>
    public bool TryFinishFromMemory<T>(Flight<T> flight, out FlightOutcome<T> outcome)
    {
        if (chain.Memory.FindLive(flight.Key, out _) is not { } entry || !encoder.TryGetValue(entry, out T? value))
        {
            outcome = default;
            return false;
        }
        chain.Memory.Hits.Increment();
        outcome = new FlightOutcome<T>(true, value, 1, entry.Created, entry.Tags, entry as SerializedEntry<T>, IsStale: entry.Plan is { IsStale: true });
        End(flight, outcome);
        return true;
    }

    /// <summary>Ends a flight with an entry of a lower tier, and promotes it.</summary>
    public FlightOutcome<T> FinishHit<T>(Flight<T> flight, in TierHit<T> hit, in EntrySettings settings, WriteTickets? tickets)
    {
        GuardedTier source = chain.Lower[hit.Index];
        bool promote = settings.Promote && source.PromotionFrequency > 0
            && (source.PromotionFrequency == 1 || chain.Random(source.PromotionFrequency) == 0);
        bool keep = promote && settings.WritesLocal;
        // An entry is made to be kept, or to give other callers instances of their own.
        MemoryEntry? entry = keep || !TypeTraits<T>.IsImmutable
            ? encoder.ToMemoryEntry(flight.Key, hit.Value, hit.Payload, hit.Header.Created, hit.Tags, default)
            : null;
        Interlocked.Increment(ref chain.Counters.LowerHits);
        if (!settings.WritesLocal && hit.Index == 0 && settings.Sliding is null)
        {
            // Nothing is stored anywhere.
            chain.Flights.CloseAndEnd(flight);
            hit.Entry.Dispose();
            var found = new FlightOutcome<T>(true, hit.Value, source.Level, hit.Header.Created, hit.Tags, entry as SerializedEntry<T>);
            flight.Complete(found);
            return found;
        }
        MemoryLife plan = keep ? PlanFor(hit, settings) : default;
        bool stored = Commit(flight, settings.WritesLocal, keep ? entry : null, plan, flight.Epoch, ref chain.Counters.MemoryPromotions);

        var outcome = new FlightOutcome<T>(true, hit.Value, source.Level, hit.Header.Created, hit.Tags, entry as SerializedEntry<T>);
        flight.Complete(outcome);
        bool copies = promote && stored && settings.WritesLower && hit.Index > 0 && MayWriteBehind();
        if (copies || settings.Sliding is not null)
        {
            chain.Background.Add(behind.PromoteAsync(flight, entry, hit, settings, copies, tickets));
        }
        else
        {
            hit.Entry.Dispose();
            LeaveTable(flight);
        }
        return outcome;
    }

    /// <summary>Ends a flight that found nothing and was not to compute.</summary>
    public FlightOutcome<T> FinishMissing<T>(Flight<T> flight)
    {
        Interlocked.Increment(ref chain.Counters.Misses);
        End(flight, default);
        return default;
    }

    /// <summary>Ends a flight with what its factory made.</summary>
    /// <exception cref="FactoryFailedException">The factory said that it has nothing.</exception>
    public FlightOutcome<T> FinishComputed<T>(Flight<T> flight, T value, EntrySettings settings, string[] tags, bool lower, WriteTickets? tickets)
    {
        if (flight.Context?.Failure is { } reason)
        {
            Interlocked.Increment(ref chain.Counters.FactoryFailures);
            throw new FactoryFailedException(flight.Key, reason);
        }
        if (flight.Context is { } context)
        {
            if (context.Options is { } options)
                settings = chain.Settings.Override(flight.Key, settings, options);
            if (context.AddedTags.Count > 0)
                tags = TagRules.Copy(tags.Concat(context.AddedTags));
            lower = lower && (context.AddedTags.Count == 0 || encoder.FitsLower(flight.Key, tags));
        }
        settings = settings.Jittered(chain.Random);
        // The epoch first: an invalidation after the check below finds an entry whose epoch is old, and has it checked again.
        long epoch = chain.Tags.Epoch;
        TagCell[]? cells = chain.Tags.Cells(tags);
        bool store = flight.Context?.IsStored != false && !chain.Tags.IsDead(flight.Key, flight.Created, cells);
        // Without the cluster's time the entry would bear one that no other instance can compare with.
        bool writesLower = store && lower && settings.WritesLower && chain.HasWritableLower && chain.Clock.IsTrusted;

        SerializedValue bytes = encoder.Serialize(value, writesLower, out bool failed);
        MemoryEntry? entry = failed ? null : encoder.ToMemoryEntry(flight.Key, value, bytes, flight.Created, cells, default);
        TimeSpan life = Lifetimes.Scale(settings.LocalExpiration, chain.MemoryOptions.TtlScale);
        EntryValidators? validators = flight.Context?.Validators;
        var plan = new MemoryLife(life, settings.Sliding, settings.Resilience.FailSafeMaxDuration, settings.RefreshAfter(life, life), validators);
        bool ends = !writesLower && flight.ClusterLock is null;
        bool stored = Commit(flight, settings.WritesLocal, store && settings.WritesLocal ? entry : null, plan, epoch, ref chain.Counters.MemoryWrites, ends);
        if (!store || !stored || failed)
            Interlocked.Increment(ref chain.Counters.NotStored);

        var outcome = new FlightOutcome<T>(true, value, 0, flight.Created, cells, entry as SerializedEntry<T>);
        if (!flight.Answered)
        {
            Interlocked.Increment(ref chain.Counters.Misses);
            flight.Complete(outcome);
        }
        if (stored && writesLower && encoder.FitsLower(bytes) && MayWriteBehind())
        {
            TimeSpan duration = Lifetimes.Sum(TimeSpan.FromTicks(Math.Max(0, chain.Clock.Now - flight.Created)), settings.Expiration);
            var header = new EntryHeader(flight.Created, duration, null, tags) { Validators = validators };
            chain.Background.Add(StoreBehindAsync(flight, entry!, header, bytes, settings, tickets));
        }
        else
        {
            bytes.Dispose();
            if (!ends)
                LeaveTable(flight);
        }
        return outcome;
    }

    /// <summary>Ends a flight whose factory failed. When it failed because its own caller left, the other callers start again.</summary>
    public void FinishFailed<T>(Flight<T> flight, Exception exception, CancellationToken leaderToken)
    {
        chain.Flights.Close(flight);
        Interlocked.Increment(ref chain.Counters.Misses);
        if (exception is OperationCanceledException && leaderToken.IsCancellationRequested)
            flight.Complete(new FlightOutcome<T> { Abandoned = true });
        else
            flight.Fail(exception);
        LeaveTable(flight);
    }

    /// <summary>Ends a flight with an expired value, which fail-safe has stored.</summary>
    public void Finish<T>(Flight<T> flight, FlightOutcome<T> stale)
    {
        Interlocked.Increment(ref chain.Counters.Misses);
        flight.Complete(stale);
        LeaveTable(flight);
    }

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
                Finish(flight, same);
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
        return FinishComputed(flight, value, settings, tags, lower, tickets).Result;
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
            FinishComputed(flight, value, settings, tags, lower, tickets);
        }
        catch (Exception exception)
        {
            chain.Throttled.FactoryFailedBehind(exception);
            LeaveTable(flight);
        }
    }

    private CancellationToken TokenOf(Flight flight) => flight.Cancellation?.Token ?? chain.ShutdownToken;

    // For calls of tiers, which the tiers' guards end when the cache is disposed: a registration with the token that all share would cost each call more than its limit.
    private static CancellationToken LeaversTokenOf(Flight flight) => flight.Cancellation?.Token ?? CancellationToken.None;

    private MemoryLife PlanFor<T>(in TierHit<T> hit, in EntrySettings settings)
    {
        TimeSpan full = Lifetimes.Scale(settings.LocalExpiration, chain.MemoryOptions.TtlScale);
        TimeSpan life = Lifetimes.Shorter(hit.Grant(chain.Clock.Now, chain.MemoryOptions.TtlScale), full);
        return new MemoryLife(life, settings.Sliding, settings.Resilience.FailSafeMaxDuration, settings.RefreshAfter(life, full), hit.Header.Validators);
    }

    // What is not written stays in L1, and the next instance computes it for itself.
    private bool MayWriteBehind()
    {
        if (chain.Background.Running < chain.Options.MaximumWritesBehind)
            return true;
        Interlocked.Increment(ref chain.Counters.WritesDropped);
        return false;
    }

    private void FinishAbandoned<T>(Flight<T> flight)
    {
        chain.Flights.Close(flight);
        flight.Complete(new FlightOutcome<T> { Abandoned = true });
        LeaveTable(flight);
    }

    // The lock of a cluster flight goes last, so that the next instance finds the value.
    private async ValueTask StoreBehindAsync(
        Flight flight, MemoryEntry entry, EntryHeader header, SerializedValue bytes, EntrySettings settings, WriteTickets? tickets)
    {
        await behind.StoreAsync(flight, entry, header, bytes, settings, tickets).ConfigureAwait(false);
        if (flight.ClusterLock is { } held)
            await cluster.LeaveAsync(held).ConfigureAwait(false);
    }

    private bool Commit(Flight flight, bool wanted, MemoryEntry? entry, in MemoryLife life, long epoch, ref long counter, bool ends = false)
    {
        // What was made behind the callers' backs may be older than what another flight has made since.
        if (flight.Answered && chain.Memory.Store.TryGet(flight.Key, out MemoryEntry? known) && known.Created > flight.Created)
            entry = null;
        bool stored = chain.Flights.Commit(flight, ends, (chain.Memory, entry, life, epoch), static s =>
        {
            if (s.entry is not null)
                s.Memory.Put(s.entry, s.life, s.epoch);
        });
        if (stored && entry is not null)
            Interlocked.Increment(ref counter);
        // A caller that leaves out L1 by flag asks for what the tiers below have; only for the others has L1 to stay in order with them.
        else if (wanted)
            chain.RecentVersions.NoteUnknown(flight.Key);
        return stored;
    }

    private void End<T>(Flight<T> flight, FlightOutcome<T> outcome)
    {
        chain.Flights.Close(flight);
        flight.Complete(outcome);
        LeaveTable(flight);
    }

    private void LeaveTable(Flight flight)
    {
        chain.Flights.End(flight);
        if (flight.ClusterLock is { } held)
            chain.Background.Add(cluster.LeaveAsync(held));
    }
}
