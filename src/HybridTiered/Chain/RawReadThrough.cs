using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>
/// Reads bytes of the <c>IDistributedCache</c> face. They carry no header, so only a tier that tells what is left of their life lets them be promoted:
/// anywhere else they would outlive what their writer asked for.
/// </summary>
internal sealed class RawReadThrough(TierChain chain, ReadThrough sharing, WriteBehind behind)
{
    /// <summary>Finds the bytes of a key. The array of the entry is shared and must not leave the face.</summary>
    public async ValueTask<RawEntry?> GetAsync(string key, CancellationToken cancellationToken)
    {
        while (true)
        {
            long epoch = chain.Tags.Epoch;
            if (chain.Flights.JoinOrStart(key, default, canLeave: false, out Flight<RawEntry> flight, out Task<FlightOutcome<RawEntry>>? completion))
                return await RunAsync(flight, cancellationToken).ConfigureAwait(false);
            if (await sharing.WaitAsync(flight, completion!, epoch, cancellationToken).ConfigureAwait(false) is { } shared)
                return shared.Value;
        }
    }

    private async ValueTask<RawEntry?> RunAsync(Flight<RawEntry> flight, CancellationToken cancellationToken)
    {
        try
        {
            if (chain.Memory.FindLiveRaw(flight.Key, out _) is { } known)
            {
                chain.Memory.Hits.Increment();
                return Finish(flight, known, 1);
            }
            WriteTickets? tickets = chain.HasConditionalLower ? new WriteTickets(chain.Lower, chain.Time) : null;
            for (int i = 0; i < chain.Lower.Count && KeyRules.IsWellFormed(flight.Key); i++)
            {
                GuardedTier tier = chain.Lower[i];
                if (tier.Pending.EverythingBefore == 0)
                {
                    using TierEntry entry = await tier.ReadAsync(flight.Key, TierRead.DataAndLifetime, null, hasStale: false, cancellationToken).ConfigureAwait(false);
                    if (entry.Found)
                        return FinishHit(flight, i, entry, tickets);
                }
                if (tickets is not null && tier.IsConditional && i + 1 < chain.Lower.Count)
                    await tickets.TakeAsync(i, flight.Key, cancellationToken).ConfigureAwait(false);
            }
            Interlocked.Increment(ref chain.Counters.Misses);
            return Finish(flight, null, 0);
        }
        catch (Exception exception)
        {
            Interlocked.Increment(ref chain.Counters.Misses);
            chain.Flights.Close(flight);
            if (exception is OperationCanceledException && cancellationToken.IsCancellationRequested)
                flight.Complete(new FlightOutcome<RawEntry> { Abandoned = true });
            else
                flight.Fail(exception);
            chain.Flights.End(flight);
            throw;
        }
    }

    private RawEntry FinishHit(Flight<RawEntry> flight, int index, TierEntry found, WriteTickets? tickets)
    {
        GuardedTier source = chain.Lower[index];
        Interlocked.Increment(ref source.Counters.Hits);
        Interlocked.Increment(ref chain.Counters.LowerHits);
        byte[] data = found.Data.ToArray();
        var entry = new RawEntry(MemoryKeys.ForRaw(flight.Key), data, EntrySize.OfBytes(flight.Key, data.Length)) { Created = flight.Created };
        bool promote = found.Lifetime is not null && source.PromotionFrequency > 0
            && (source.PromotionFrequency == 1 || chain.Random(source.PromotionFrequency) == 0);
        TierLifetime lifetime = found.Lifetime ?? default;
        bool stored = promote && chain.Flights.Commit(flight, (chain.Memory, entry, lifetime, flight.Epoch), static s =>
            s.Memory.Put(s.entry, new MemoryLife(s.lifetime.Absolute, s.lifetime.Sliding), s.Epoch));
        if (stored)
            Interlocked.Increment(ref chain.Counters.MemoryPromotions);
        chain.Flights.Close(flight);
        flight.Complete(new FlightOutcome<RawEntry>(true, entry, source.Level, flight.Created, null));
        if (stored && index > 0)
            chain.Background.Add(behind.PromoteRawAsync(flight, entry, index, data, lifetime, tickets));
        else
            chain.Flights.End(flight);
        return entry;
    }

    private RawEntry? Finish(Flight<RawEntry> flight, RawEntry? entry, int level)
    {
        chain.Flights.Close(flight);
        flight.Complete(new FlightOutcome<RawEntry>(entry is not null, entry, level, flight.Created, null));
        chain.Flights.End(flight);
        return entry;
    }
}
