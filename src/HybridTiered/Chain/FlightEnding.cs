using HybridTiered.Configuration;
using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Serialization;
using HybridTiered.Tags;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>
/// Ends flights. A result is stored in L1 and the callers are released in one step with the flight's end for new callers; what the lower tiers get is written behind.
/// </summary>
internal sealed class FlightEnding(TierChain chain, ClusterFlight cluster, ValueEncoder encoder, WriteBehind behind)
{
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

        EntryValidators? validators = flight.Context?.Validators;
        SerializedValue bytes = encoder.Serialize(value, writesLower ? PayloadCodec.HeaderRoom(flight.Key, tags, validators) : null, out bool failed);
        MemoryEntry? entry = failed ? null : encoder.ToMemoryEntry(flight.Key, value, bytes, flight.Created, cells, default);
        TimeSpan life = Lifetimes.Scale(settings.LocalExpiration, chain.MemoryOptions.TtlScale);
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

    /// <summary>Ends a flight that came to nothing; who has joined it starts again.</summary>
    public void FinishAbandoned<T>(Flight<T> flight)
    {
        chain.Flights.Close(flight);
        flight.Complete(new FlightOutcome<T> { Abandoned = true });
        LeaveTable(flight);
    }

    /// <summary>Takes a flight out of the table, of which nothing is to be written behind.</summary>
    public void LeaveTable(Flight flight)
    {
        chain.Flights.End(flight);
        if (flight.ClusterLock is { } held)
            chain.Background.Add(cluster.LeaveAsync(held));
    }

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
}
