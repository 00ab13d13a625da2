using HybridTiered.Configuration;
using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>
/// Writes the result of a flight to the tiers below L1 after its callers were released, and then takes the flight out of the table.
/// </summary>
/// <remarks>
/// A key's lock is held while its tiers are written, so a local invalidation, which taints the flight first and then waits for that lock, either finds
/// the writes done and removes them, or keeps them from being made. An invalidation from elsewhere does not wait: a conditional tier refuses the
/// outdated write, and from the others it is taken back.
/// </remarks>
internal sealed class WriteBehind(TierChain chain, ValueEncoder encoder, InvalidationCoordinator coordinator)
{
    /// <summary>Stores a computed value in every tier, from the bottom up. A refused write takes the value out of L1 again.</summary>
    public async ValueTask StoreAsync(
        Flight flight, MemoryEntry entry, EntryHeader header, SerializedValue bytes, EntrySettings settings, WriteTickets? tickets)
    {
        try
        {
            using SerializedValue value = bytes;
            using EntryBytes encoded = encoder.Encode(flight.Key, header, value, settings);
            bool current = await WriteAsync(flight, chain.Lower.Count, tickets, encoded, tier =>
                (encoded.Memory, LifetimeFor(Remaining(header, tier), settings))).ConfigureAwait(false);
            if (!current)
                TakeBack(flight, entry);
        }
        finally
        {
            chain.Flights.End(flight);
        }
    }

    /// <summary>Copies an entry that was found in a tier to those between it and L1. A refused write takes the value out of L1 again.</summary>
    public async ValueTask PromoteAsync<T>(
        Flight flight, MemoryEntry? entry, TierHit<T> hit, EntrySettings settings, bool promote, WriteTickets? tickets)
    {
        try
        {
            using TierEntry owner = hit.Entry;
            if (promote && hit.Index > 0)
            {
                bool current = await PromoteAsync(flight, hit, settings, tickets).ConfigureAwait(false);
                if (!current && entry is not null)
                    TakeBack(flight, entry);
            }
            if (settings.Sliding is not null)
                await RefreshAsync(chain.Lower[hit.Index], flight.Key).ConfigureAwait(false);
        }
        finally
        {
            chain.Flights.End(flight);
        }
    }

    /// <summary>Copies bytes of the <c>IDistributedCache</c> face to the tiers between the one they were found in and L1.</summary>
    public async ValueTask PromoteRawAsync(Flight flight, MemoryEntry entry, int index, ReadOnlyMemory<byte> data, TierLifetime lifetime, WriteTickets? tickets)
    {
        long read = chain.Time.GetTimestamp();
        try
        {
            // What was left when it was read has shrunk by the time that the writes before this one took.
            if (!await WriteAsync(
                flight, index, tickets, null, _ => (data, lifetime with { Absolute = lifetime.Absolute - chain.Time.GetElapsedTime(read) }), promotes: true)
                .ConfigureAwait(false))
                TakeBack(flight, entry);
        }
        finally
        {
            chain.Flights.End(flight);
        }
    }

    /// <summary>Tells the tiers below L1 that a sliding entry is in use.</summary>
    public async ValueTask RefreshAsync(string key)
    {
        if (!KeyRules.IsWellFormed(key))
            return;
        foreach (GuardedTier tier in chain.Lower)
            await RefreshAsync(tier, key).ConfigureAwait(false);
    }

    private ValueTask<bool> PromoteAsync<T>(Flight flight, TierHit<T> hit, EntrySettings settings, WriteTickets? tickets) =>
        WriteAsync(flight, hit.Index, tickets, null, tier =>
        {
            long now = chain.Clock.Now;
            TimeSpan life = hit.Grant(now, tier.TtlScale);
            if (life <= TimeSpan.Zero)
                return (default, new TierLifetime(TimeSpan.Zero));
            TimeSpan granted = TimeSpan.FromTicks(now - hit.Header.Created) + life;
            using EntryBytes encoded = encoder.EncodeCopy(flight.Key, hit.Header with { Granted = granted }, hit.Stored.Span);
            return (encoded.Memory.ToArray(), LifetimeFor(life, settings));
        }, promotes: true);

    private static async ValueTask RefreshAsync(GuardedTier tier, string key) =>
        await tier.TryAsync(TierWork.Write, "refresh", key, static async (t, k) =>
        {
            if (t.Tier is IRefreshableTier refreshable)
                await refreshable.RefreshAsync(t.FullKey(k), CancellationToken.None).ConfigureAwait(false);
            else
                (await t.Tier.ReadAsync(t.FullKey(k), TierRead.DataAndLifetime, CancellationToken.None).ConfigureAwait(false)).Dispose();
        }).ConfigureAwait(false);

    /// <summary>Writes to the first tiers below L1, from the bottom up, for as long as the flight is not tainted and no tier refuses.</summary>
    /// <returns>Whether the value is still current as far as the tiers know.</returns>
    private async ValueTask<bool> WriteAsync(
        Flight flight, int count, WriteTickets? tickets, EntryBytes? entry, Func<GuardedTier, (ReadOnlyMemory<byte> Data, TierLifetime Lifetime)> content, bool promotes = false)
    {
        await coordinator.WhenReadyAsync().ConfigureAwait(false);
        using KeyLocks.Holder holder = await chain.Locks.AcquireAsync(flight.Key, CancellationToken.None).ConfigureAwait(false);
        bool current = !chain.Flights.IsTainted(flight);
        List<GuardedTier>? unconditional = null;
        for (int i = count - 1; i >= 0 && current; i--)
        {
            GuardedTier tier = chain.Lower[i];
            if (!tier.IsWritable || (tier.Reach != TierReach.Shared && chain.Flights.IsDoubted(flight)))
                continue;
            (ReadOnlyMemory<byte> data, TierLifetime lifetime) = content(tier);
            if (lifetime.Absolute <= TimeSpan.Zero)
                continue;
            WriteOutcome outcome = await tier.WriteIfCurrentAsync(flight.Key, data, lifetime, tickets?.For(i)).ConfigureAwait(false);
            entry?.Ended(outcome);
            // A write that failed may have happened.
            if (!tier.IsConditional && outcome is WriteOutcome.Written or WriteOutcome.Failed or WriteOutcome.TimedOut)
                (unconditional ??= []).Add(tier);
            if (promotes && outcome == WriteOutcome.Written)
                Interlocked.Increment(ref tier.Counters.Promotions);
            current = outcome != WriteOutcome.Refused && !chain.Flights.IsTainted(flight);
        }
        if (!current && unconditional is not null)
            await TakeBackAsync(flight.Key, unconditional).ConfigureAwait(false);
        return current;
    }

    private async ValueTask TakeBackAsync(string key, List<GuardedTier> tiers)
    {
        foreach (GuardedTier tier in tiers)
        {
            (_, Exception? fault) = await tier.RemoveAsync(key).ConfigureAwait(false);
            if (fault is null)
                continue;
            tier.Pending.AddRemoval(key, chain.Clock.Now);
            coordinator.EnsureStarted();
        }
    }

    // Noted before it goes, so that there is no moment at which a pushed value would be taken for newer.
    private void TakeBack(Flight flight, MemoryEntry entry)
    {
        chain.RecentVersions.NoteUnknown(flight.Key);
        chain.Memory.Store.Remove(entry);
    }

    private static TierLifetime LifetimeFor(TimeSpan life, EntrySettings settings) =>
        new(life > TimeSpan.Zero ? settings.Resilience.Kept(life) : TimeSpan.Zero, settings.Sliding);

    private TimeSpan Remaining(in EntryHeader header, GuardedTier tier) =>
        TimeSpan.FromTicks(Lifetimes.End(header, tier.TtlScale) - chain.Clock.Now);
}
