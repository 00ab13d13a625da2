using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Invalidation;
using HybridTiered.Tags;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>
/// Sets values explicitly. To the rest of the world a set is an invalidation with a new value: it goes the same way, and a tier that cannot take
/// the new value loses the old one.
/// </summary>
internal sealed class ValueSetter(TierChain chain, Invalidator invalidator, ValueEncoder encoder)
{
    // Typed, because a bare null converts to empty memory, which is a value.
    private static ReadOnlyMemory<byte>? Nothing => null;

    /// <summary>Sets a value.</summary>
    /// <exception cref="InvalidOperationException">It cannot be serialised, or every tier that was to take it failed.</exception>
    public async ValueTask SetAsync<T>(string key, T value, EntrySettings settings, string[] tags)
    {
        bool touchesLower = settings.WritesLower && chain.HasWritableLower;
        // A pushed copy knows no sliding window, and must not live where the caller's own may not.
        bool pushes = settings.WritesLower && settings.Broadcast == BroadcastMode.Update && settings.WritesLocal && settings.Sliding is null;
        await invalidator.WhenReadyAsync().ConfigureAwait(false);
        // Without the cluster's time the entry would bear one that no other instance can compare with; the old value goes all the same.
        bool encodes = (touchesLower || pushes) && chain.Clock.IsTrusted && encoder.FitsLower(key, tags);
        // The epoch first: an invalidation after it has the entry checked by its creation time.
        long epoch = chain.Tags.Epoch;
        long created = chain.Clock.Next();
        using SerializedValue bytes = encoder.Serialize(value, encodes, out bool failed);
        if (failed)
            throw new InvalidOperationException($"The value of type '{typeof(T)}' could not be serialised, so it was not set; the log has the reason.");

        TagCell[]? cells = chain.Tags.Cells(tags);
        using PooledBufferWriter? encoded = encodes && encoder.FitsLower(bytes)
            ? ValueEncoder.Encode(key, new EntryHeader(created, settings.Expiration, null, tags), bytes.Bytes.Span)
            : null;
        TimeSpan life = Lifetimes.Scale(settings.LocalExpiration, chain.MemoryOptions.TtlScale);
        using PooledBufferWriter? pushed = pushes && encoded is not null
            ? ValueEncoder.Encode(key, new EntryHeader(created, settings.Expiration, life, tags), bytes.Bytes.Span)
            : null;

        await SetAsync(
            key, touchesLower, encoded is null ? Nothing : encoded.WrittenMemory,
            tier => new TierLifetime(Lifetimes.Scale(settings.Expiration, tier.TtlScale), settings.Sliding),
            version => settings.WritesLocal ? encoder.ToMemoryEntry(key, value, bytes, created, cells, version) : null,
            life, settings.Sliding, epoch,
            settings.WritesLower ? settings.Broadcast : BroadcastMode.None,
            pushed?.WrittenMemory ?? default).ConfigureAwait(false);
    }

    /// <summary>Sets bytes of the <c>IDistributedCache</c> face, which carry no header.</summary>
    /// <exception cref="InvalidOperationException">Every tier failed.</exception>
    public async ValueTask SetRawAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime)
    {
        await invalidator.WhenReadyAsync().ConfigureAwait(false);
        long epoch = chain.Tags.Epoch;
        long created = chain.Clock.Next();
        bool fits = chain.HasWritableLower && encoder.FitsLower(key, []) && encoder.FitsLower(data.Length);
        await SetAsync(
            key, chain.HasWritableLower, fits ? data : Nothing,
            _ => lifetime,
            version => new RawEntry(MemoryKeys.ForRaw(key), data.ToArray(), EntrySize.OfBytes(key, data.Length)) { Created = created, Version = version },
            lifetime.Absolute, lifetime.Sliding, epoch, BroadcastMode.Remove, default).ConfigureAwait(false);
    }

    private async ValueTask SetAsync(
        string key, bool touchesLower, ReadOnlyMemory<byte>? data, Func<GuardedTier, TierLifetime> lifetime, Func<EntryVersion, MemoryEntry?> toMemoryEntry,
        TimeSpan? life, TimeSpan? sliding, long epoch, BroadcastMode broadcast, ReadOnlyMemory<byte> pushed)
    {
        using TimedOperation? timed = chain.Telemetry.Invalidation(InvalidationKind.Update, InvalidationDirection.Sent, key);
        long now = chain.Clock.NextForInvalidation();
        long started = chain.Time.GetTimestamp();
        EntryVersion version = default;
        bool taken = false;
        bool failed = false;
        chain.Flights.BeginInvalidation(key);
        try
        {
            using KeyLocks.Holder holder = await chain.Locks.AcquireAsync(key, CancellationToken.None).ConfigureAwait(false);
            Mutation mutation = chain.Flights.Enter(key);
            try
            {
                if (touchesLower)
                {
                    foreach (GuardedTier tier in invalidator.WritableInOrder())
                    {
                        (WriteOutcome outcome, EntryVersion given) = await SetInTierAsync(tier, key, data, lifetime(tier), now).ConfigureAwait(false);
                        taken |= outcome == WriteOutcome.Written;
                        failed |= outcome == WriteOutcome.Failed;
                        if (tier == chain.VersionAuthority)
                            version = given;
                    }
                }
                chain.RecentVersions.Note(key, version);
                taken |= StoreInMemory(mutation, key, toMemoryEntry(version), life - chain.Time.GetElapsedTime(started), sliding, epoch);
            }
            finally
            {
                chain.Flights.End(mutation);
            }
        }
        finally
        {
            chain.Flights.EndInvalidation(key);
        }
        if (broadcast != BroadcastMode.None)
            await PublishAsync(key, now, version, started, broadcast == BroadcastMode.Update ? pushed : default).ConfigureAwait(false);
        if (failed && !taken)
            throw new InvalidOperationException("Every tier that was to take the value failed; the old one is invalidated.");
    }

    // Whatever keeps a tier from taking the new value, the old one must not stay.
    private async ValueTask<(WriteOutcome Outcome, EntryVersion Version)> SetInTierAsync(
        GuardedTier tier, string key, ReadOnlyMemory<byte>? data, TierLifetime lifetime, long now)
    {
        if (data is { } bytes)
        {
            (WriteOutcome outcome, EntryVersion version) = await tier.WriteAsync(key, bytes, lifetime, CancellationToken.None).ConfigureAwait(false);
            if (outcome == WriteOutcome.Failed)
                invalidator.Defer(tier, [key], now);
            if (outcome != WriteOutcome.Skipped)
                return (outcome, version);
        }
        (EntryVersion removed, Exception? fault) = await tier.RemoveAsync(key).ConfigureAwait(false);
        if (fault is not null)
            invalidator.Defer(tier, [key], now);
        return (WriteOutcome.Skipped, removed);
    }

    // One face's new value replaces whatever the other face holds under the key, as it does in the tiers below.
    private bool StoreInMemory(Mutation mutation, string key, MemoryEntry? entry, TimeSpan? life, TimeSpan? sliding, long epoch)
    {
        chain.Memory.Remove(key);
        if (entry is null)
            return false;
        bool stored = !(life <= TimeSpan.Zero) && chain.Flights.Commit(mutation, (chain.Memory, entry, life, sliding, epoch), static s =>
            s.Memory.Put(s.entry, s.life, s.sliding, s.epoch));
        if (stored)
            Interlocked.Increment(ref chain.Counters.MemoryWrites);
        // A newer invalidation from elsewhere has taken the value out again: it was taken all the same.
        return true;
    }

    // A write fault is logged and tried again, not thrown: the value is set, and the others will hear of it.
    private async ValueTask PublishAsync(string key, long now, EntryVersion version, long started, ReadOnlyMemory<byte> pushed)
    {
        bool update = !pushed.IsEmpty && !version.IsNone && pushed.Length <= chain.Options.MaximumBroadcastBytes
            && chain.Time.GetElapsedTime(started) < RecentVersions.PushDeadline;
        await invalidator.PublishAsync(
            update ? InvalidationKind.Update : InvalidationKind.Key, now, [key], version, update ? pushed.ToArray() : default).ConfigureAwait(false);
    }
}
