using System.Buffers;
using System.Runtime.CompilerServices;
using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Chain;

/// <summary>
/// Reads the tiers below L1 from the top down until one has a live entry. Each tier that has none is asked for the key's version before the next one
/// is read, so that whatever happens to the key from then on makes that tier refuse what the flight will write.
/// </summary>
internal sealed class ChainReader(TierChain chain, ValueEncoder encoder)
{
    /// <summary>Reads a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="settings">Which tiers to read, and whether versions will be needed.</param>
    /// <param name="tickets">Takes the versions.</param>
    /// <param name="stale">Takes the best expired value; <see langword="null"/> when none is wanted.</param>
    /// <param name="cancellationToken">Cancels the reads.</param>
    public async ValueTask<TierHit<T>?> ReadAsync<T>(
        string key, EntrySettings settings, WriteTickets? tickets, StaleValue? stale, CancellationToken cancellationToken)
    {
        TierEntry first = await AskFirstAsync(key, settings, stale, cancellationToken).ConfigureAwait(false);
        return TryOpenFirst(key, first, stale, out TierHit<T> hit, out Task<TierHit<T>?>? later)
            ? hit
            : await ReadOnAsync(key, later, settings, tickets, stale, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks the first tier for a key: the first of the three steps of <see cref="ReadAsync"/>, which a flight takes one by one, because every asynchronous method between a
    /// tier and its caller makes a hit slower.
    /// </summary>
    public ValueTask<TierEntry> AskFirstAsync(string key, in EntrySettings settings, StaleValue? stale, CancellationToken cancellationToken) =>
        settings.ReadsLower ? AskAsync(0, key, settings, stale, cancellationToken) : default;

    /// <summary>Checks what the first tier has answered, and takes it over: the second step.</summary>
    public bool TryOpenFirst<T>(string key, in TierEntry first, StaleValue? stale, out TierHit<T> hit, out Task<TierHit<T>?>? later)
    {
        if (first.Found)
            return TryOpen(0, key, first, stale, out hit, out later);
        hit = default;
        later = null;
        return false;
    }

    /// <summary>Reads the other tiers unless there is a hit: the third step.</summary>
    /// <param name="key">The key.</param>
    /// <param name="first">What becomes of the first tier's answer, if that has to be waited for.</param>
    /// <param name="settings">Which tiers to read, and whether versions will be needed.</param>
    /// <param name="tickets">Takes the versions.</param>
    /// <param name="stale">Takes the best expired value; <see langword="null"/> when none is wanted.</param>
    /// <param name="cancellationToken">Cancels the reads.</param>
    // Pooled: this runs for every miss, and its task is awaited once.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TierHit<T>?> ReadOnAsync<T>(
        string key, Task<TierHit<T>?>? first, EntrySettings settings, WriteTickets? tickets, StaleValue? stale, CancellationToken cancellationToken)
    {
        if (first is not null && await first.ConfigureAwait(false) is { } hit)
            return hit;
        for (int i = 0; ; i++)
        {
            if (tickets is not null && NeedsTicket(i, settings))
                await tickets.TakeAsync(i, key, cancellationToken).ConfigureAwait(false);
            if (i + 1 == chain.Lower.Count)
                return null;
            if (!settings.ReadsLower)
                continue;
            TierEntry entry = await AskAsync(i + 1, key, settings, stale, cancellationToken).ConfigureAwait(false);
            if (entry.Found && await OpenAsync<T>(i + 1, key, entry, stale).ConfigureAwait(false) is { } lower)
                return lower;
        }
    }

    /// <summary>Whether a flight that found nothing in a tier may write to it: what it computes, or finds further down.</summary>
    public bool NeedsTicket(int index, in EntrySettings settings) =>
        chain.Lower[index].IsConditional && (settings.Computes || index + 1 < chain.Lower.Count);

    /// <summary>Checks what a tier has found; takes over the entry, and disposes it unless it becomes a hit.</summary>
    public ValueTask<TierHit<T>?> OpenAsync<T>(int index, string key, in TierEntry entry, StaleValue? stale)
    {
        if (TryOpen(index, key, entry, stale, out TierHit<T> hit, out Task<TierHit<T>?>? later))
            return new ValueTask<TierHit<T>?>(hit);
        return later is null ? default : new ValueTask<TierHit<T>?>(later);
    }

    // A hit is written in one place and passed by reference: it is so large that each copy would cost a fiftieth of a read.
    private bool TryOpen<T>(int index, string key, in TierEntry entry, StaleValue? stale, out TierHit<T> hit, out Task<TierHit<T>?>? later)
    {
        long now = chain.Clock.Now;
        later = null;
        if (!TryReadHeader(index, key, entry, stale, now, out hit))
        {
            entry.Dispose();
            return false;
        }
        ValueTask<bool> tagsKnown = chain.TagRecords.EnsureLoadedAsync(hit.Tags);
        if (tagsKnown.IsCompletedSuccessfully)
            return Judge(key, ref hit, stale, tagsKnown.Result, now);
        later = JudgeAsync(key, hit, stale, tagsKnown);
        return false;
    }

    private ValueTask<TierEntry> AskAsync(int index, string key, in EntrySettings settings, StaleValue? stale, CancellationToken cancellationToken) =>
        chain.Lower[index].ReadAsync(key, TierRead.Data, settings.Resilience, stale?.Entry is not null, cancellationToken);

    private async Task<TierHit<T>?> JudgeAsync<T>(string key, TierHit<T> found, StaleValue? stale, ValueTask<bool> tagsKnown) =>
        Judge(key, ref found, stale, await tagsKnown.ConfigureAwait(false), chain.Clock.Now) ? found : null;

    private bool Judge<T>(string key, ref TierHit<T> found, StaleValue? stale, bool tagsKnown, long now)
    {
        if (tagsKnown && TryTakeValue(key, ref found, stale, now))
            return true;
        if (!tagsKnown)
            CountDead(found, now);
        found.Entry.Dispose();
        return false;
    }

    /// <summary>Reads what the entry says about itself, and refuses what need not be looked at any further.</summary>
    private bool TryReadHeader<T>(int index, string key, in TierEntry entry, StaleValue? stale, long now, out TierHit<T> found)
    {
        GuardedTier tier = chain.Lower[index];
        found = default;
        PayloadDefect defect = PayloadCodec.TryRead(entry.Data, key, out EntryHeader header, out ReadOnlyMemory<byte> stored);
        if (defect != PayloadDefect.None)
        {
            CountDamaged(tier, defect);
            return false;
        }
        if ((header.ExpandedLength ?? stored.Length) > chain.Options.MaximumPayloadBytes)
        {
            Interlocked.Increment(ref tier.Counters.TooLarge);
            return false;
        }
        long end = Lifetimes.End(header, tier.TtlScale);
        if (end <= now && !(stale?.LeftFor(header.Created, end, now) > TimeSpan.Zero))
        {
            Interlocked.Increment(ref tier.Counters.Expired);
            return false;
        }
        found = new TierHit<T>(index, default!, header, chain.Tags.Cells(header.Tags), stored, stored, entry, end);
        return true;
    }

    /// <summary>Takes the value out of an entry that is neither invalidated nor expired. An expired one goes to whom fail-safe may serve it.</summary>
    private bool TryTakeValue<T>(string key, ref TierHit<T> found, StaleValue? stale, long now)
    {
        GuardedTier tier = chain.Lower[found.Index];
        if (found.Header.Created <= tier.Pending.EverythingBefore || chain.Tags.IsDead(key, found.Header.Created, found.Tags))
        {
            CountDead(found, now);
            return false;
        }
        bool expired = found.Ends <= now;
        if (expired)
            Interlocked.Increment(ref tier.Counters.Expired);
        ReadOnlyMemory<byte> payload = found.Stored;
        if (found.Header.ExpandedLength is { } length)
        {
            if (!PayloadCompression.TryExpand(payload.Span, length, chain.Options.MaximumPayloadBytes, out byte[]? expanded))
            {
                CountDamaged(tier, PayloadDefect.Damaged);
                return false;
            }
            payload = expanded;
        }
        if (!TryDeserialize(tier, payload, out T? value))
            return false;
        if (!expired)
        {
            Interlocked.Increment(ref tier.Counters.Hits);
            found.Value = value!;
            found.Payload = payload;
            return true;
        }
        if (stale?.LeftFor(found.Header.Created, found.Ends, now) is { } left && left > TimeSpan.Zero)
            stale.Take(encoder.ToMemoryEntry(key, value!, payload, found.Header.Created, found.Tags, default), found.Header.Validators, tier.Level, left);
        return false;
    }

    private void CountDead<T>(in TierHit<T> found, long now)
    {
        TierCounters counters = chain.Lower[found.Index].Counters;
        Interlocked.Increment(ref found.Ends <= now ? ref counters.Expired : ref counters.Invalidated);
    }

    private void CountDamaged(GuardedTier tier, PayloadDefect defect)
    {
        Interlocked.Increment(ref tier.Counters.Damaged);
        chain.Throttled.EntryDamaged(tier.Name, defect);
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
