using System.Buffers;
using System.Runtime.CompilerServices;
using HybridTiered.Configuration;
using HybridTiered.Entries;
using HybridTiered.Tags;
using HybridTiered.Tiers;

namespace HybridTiered.Chain;

/// <summary>
/// Reads the tiers below L1 from the top down until one has a live entry. Each tier that has none is asked for the key's version before the next one
/// is read, so that whatever happens to the key from then on makes that tier refuse what the flight will write.
/// </summary>
internal sealed class ChainReader(TierChain chain, ValueEncoder encoder)
{
    /// <summary>Reads one key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="settings">Which tiers to read, and whether versions will be needed.</param>
    /// <param name="tickets">Takes the versions.</param>
    /// <param name="stale">Takes the best expired value; <see langword="null"/> when none is wanted.</param>
    /// <param name="cancellationToken">Cancels the reads.</param>
    // Pooled: this runs for every hit below L1, and its task is awaited once.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TierHit<T>?> ReadAsync<T>(
        string key, EntrySettings settings, WriteTickets? tickets, StaleValue? stale, CancellationToken cancellationToken)
    {
        for (int i = 0; i < chain.Lower.Count; i++)
        {
            GuardedTier tier = chain.Lower[i];
            if (settings.ReadsLower)
            {
                TierEntry entry = await tier.ReadAsync(key, TierRead.Data, settings.Resilience, stale?.Entry is not null, cancellationToken).ConfigureAwait(false);
                if (entry.Found && await OpenAsync<T>(i, key, entry, stale).ConfigureAwait(false) is { } hit)
                    return hit;
            }
            if (tickets is not null && NeedsTicket(i, settings))
                await tickets.TakeAsync(i, key, cancellationToken).ConfigureAwait(false);
        }
        return null;
    }

    /// <summary>Whether a flight that found nothing in a tier may write to it: what it computes, or finds further down.</summary>
    public bool NeedsTicket(int index, EntrySettings settings) =>
        chain.Lower[index].IsConditional && (settings.Computes || index + 1 < chain.Lower.Count);

    /// <summary>Reads many keys from one tier.</summary>
    /// <param name="index">The tier.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="stale">Takes the best expired value of each key, where one is wanted.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>One hit per key, or <see langword="null"/> where there is none.</returns>
    public async ValueTask<TierHit<T>?[]> ReadManyAsync<T>(
        int index, IReadOnlyList<string> keys, IReadOnlyList<StaleValue?> stale, CancellationToken cancellationToken)
    {
        TierEntry[] entries = await chain.Lower[index].ReadManyAsync(keys, cancellationToken).ConfigureAwait(false);
        var hits = new TierHit<T>?[keys.Count];
        for (int i = 0; i < hits.Length; i++)
        {
            if (entries[i].Found)
                hits[i] = await OpenAsync<T>(index, keys[i], entries[i], stale[i]).ConfigureAwait(false);
        }
        return hits;
    }

    /// <summary>Checks what a tier has found; takes over the entry, and disposes it unless it becomes a hit.</summary>
    private async ValueTask<TierHit<T>?> OpenAsync<T>(int index, string key, TierEntry entry, StaleValue? stale)
    {
        TierHit<T>? hit = null;
        try
        {
            hit = await TryOpenAsync<T>(index, key, entry, stale).ConfigureAwait(false);
            return hit;
        }
        finally
        {
            if (hit is null)
                entry.Dispose();
        }
    }

    private async ValueTask<TierHit<T>?> TryOpenAsync<T>(int index, string key, TierEntry entry, StaleValue? stale)
    {
        GuardedTier tier = chain.Lower[index];
        PayloadDefect defect = PayloadCodec.TryRead(entry.Data, key, out EntryHeader header, out ReadOnlyMemory<byte> stored);
        if (defect != PayloadDefect.None)
            return Damaged<T>(tier, defect);
        if ((header.ExpandedLength ?? stored.Length) > chain.Options.MaximumPayloadBytes)
        {
            Interlocked.Increment(ref tier.Counters.TooLarge);
            return null;
        }
        long end = Lifetimes.End(header, tier.TtlScale);
        bool expired = end <= chain.Clock.Now;
        TimeSpan left = expired && stale is not null ? stale.LeftFor(header.Created, end, chain.Clock.Now) : TimeSpan.Zero;
        if (expired)
            Interlocked.Increment(ref tier.Counters.Expired);
        if (expired && left <= TimeSpan.Zero)
            return null;
        TagCell[]? tags = chain.Tags.Cells(header.Tags);
        if (!await chain.TagRecords.EnsureLoadedAsync(tags).ConfigureAwait(false)
            || header.Created <= tier.Pending.EverythingBefore
            || chain.Tags.IsDead(key, header.Created, tags))
        {
            if (!expired)
                Interlocked.Increment(ref tier.Counters.Invalidated);
            return null;
        }
        ReadOnlyMemory<byte> payload = stored;
        if (header.ExpandedLength is { } length)
        {
            if (!PayloadCompression.TryExpand(stored.Span, length, chain.Options.MaximumPayloadBytes, out byte[]? expanded))
                return Damaged<T>(tier, PayloadDefect.Damaged);
            payload = expanded;
        }
        if (!TryDeserialize(tier, payload, out T? value))
            return null;
        if (end <= chain.Clock.Now)
        {
            if (expired)
                stale!.Take(encoder.ToMemoryEntry(key, value!, payload, header.Created, tags, default), header.Validators, tier.Level, left);
            return null;
        }
        Interlocked.Increment(ref tier.Counters.Hits);
        return new TierHit<T>(index, value!, header, tags, payload, stored, entry, end);
    }

    private TierHit<T>? Damaged<T>(GuardedTier tier, PayloadDefect defect)
    {
        Interlocked.Increment(ref tier.Counters.Damaged);
        chain.Throttled.EntryDamaged(tier.Name, defect);
        return null;
    }

    private bool TryDeserialize<T>(GuardedTier tier, ReadOnlyMemory<byte> payload, out T? value)
    {
        try
        {
            value = chain.Serializers.Get<T>().Serializer.Deserialize(new ReadOnlySequence<byte>(payload));
            return true;
        }
        catch (Exception exception)
        {
            Interlocked.Increment(ref tier.Counters.Damaged);
            chain.Throttled.DeserializationFailed(exception, tier.Name, typeof(T));
            value = default;
            return false;
        }
    }
}
