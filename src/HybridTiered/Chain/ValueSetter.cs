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
    /// <summary>Sets a value.</summary>
    /// <exception cref="InvalidOperationException">It cannot be serialised, or every tier that was to take it failed.</exception>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="settings">What holds for the entry.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="computationTime">How long ago what the value was made from began to be read: what was invalidated since then is not stored.</param>
    public async ValueTask SetAsync<T>(string key, T value, EntrySettings settings, string[] tags, TimeSpan computationTime = default)
    {
        bool touchesLower = settings.WritesLower && chain.HasWritableLower;
        // A pushed copy knows no sliding window, and must not live where the caller's own may not.
        bool pushes = settings.WritesLower && settings.Broadcast == BroadcastMode.Update && settings.WritesLocal && settings.Sliding is null;
        await invalidator.WhenReadyAsync().ConfigureAwait(false);
        // Without the cluster's time the entry would bear one that no other instance can compare with; the old value goes all the same.
        bool encodes = (touchesLower || pushes) && chain.Clock.IsTrusted && encoder.FitsLower(key, tags);
        // The epoch first: an invalidation after it has the entry checked by its creation time.
        long epoch = chain.Tags.Epoch;
        long created = chain.Clock.Next() - computationTime.Ticks;
        TagCell[]? cells = chain.Tags.Cells(tags);
        if (computationTime > TimeSpan.Zero && chain.Tags.IsDead(key, created, cells))
        {
            Interlocked.Increment(ref chain.Counters.NotStored);
            return;
        }
        settings = settings.Jittered(chain.Random);
        TimeSpan duration = Lifetimes.Sum(computationTime, settings.Expiration);
        SerializedValue bytes = encoder.Serialize(value, encodes ? PayloadCodec.HeaderRoom(key, tags, null) : null, out bool failed);
        if (failed)
            throw new InvalidOperationException($"The value of type '{typeof(T)}' could not be serialised, so it was not set; the log has the reason.");

        TimeSpan life = Lifetimes.Scale(settings.LocalExpiration, chain.MemoryOptions.TtlScale);
        var assignment = new Assignment(key)
        {
            Value = bytes,
            Data = encodes && encoder.FitsLower(bytes) ? encoder.Encode(key, new EntryHeader(created, duration, null, tags), bytes, settings) : null,
            TouchesLower = touchesLower,
            LifetimeIn = tier => new TierLifetime(settings.Resilience.Kept(Lifetimes.Scale(settings.Expiration, tier.TtlScale)), settings.Sliding),
            ToMemoryEntry = version => settings.WritesLocal ? encoder.ToMemoryEntry(key, value, bytes, created, cells, version) : null,
            Life = new MemoryLife(life, settings.Sliding, settings.Resilience.FailSafeMaxDuration, settings.RefreshAfter(life, life)),
            Epoch = epoch,
            Broadcast = settings.WritesLower ? settings.Broadcast : BroadcastMode.None,
        };
        if (pushes && assignment.Data is not null)
            assignment.Pushed = encoder.EncodeCopy(key, new EntryHeader(created, duration, life, tags), bytes.Bytes.Span, settings);
        await SetAsync(assignment).ConfigureAwait(false);
    }

    /// <summary>Sets bytes of the <c>IDistributedCache</c> face, which carry no header.</summary>
    /// <exception cref="InvalidOperationException">Every tier failed.</exception>
    public async ValueTask SetRawAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime)
    {
        await invalidator.WhenReadyAsync().ConfigureAwait(false);
        long epoch = chain.Tags.Epoch;
        long created = chain.Clock.Next();
        // The caller's buffer is its own again when this returns, and a tier that did not answer in time may still read.
        byte[] own = data.ToArray();
        bool fits = chain.HasWritableLower && encoder.FitsLower(key, []) && encoder.FitsLower(data.Length);
        await SetAsync(new Assignment(key)
        {
            RawData = fits ? own : null,
            TouchesLower = chain.HasWritableLower,
            LifetimeIn = _ => lifetime,
            ToMemoryEntry = version => new RawEntry(MemoryKeys.ForRaw(key), own, EntrySize.OfBytes(key, own.Length)) { Created = created, Version = version },
            Life = new MemoryLife(lifetime.Absolute, lifetime.Sliding),
            Epoch = epoch,
            Broadcast = BroadcastMode.Remove,
        }).ConfigureAwait(false);
    }

    private async ValueTask SetAsync(Assignment assignment)
    {
        string key = assignment.Key;
        using TimedOperation? timed = chain.Telemetry.Invalidation(InvalidationKind.Update, InvalidationDirection.Sent, key);
        assignment.Time = chain.Clock.NextForInvalidation();
        assignment.Started = chain.Time.GetTimestamp();
        chain.Flights.BeginInvalidation(key);
        bool handedOver = false;
        try
        {
            KeyLocks.Holder holder = await chain.Locks.AcquireAsync(key, CancellationToken.None).ConfigureAwait(false);
            assignment.Enter(chain.Flights, holder);
            GuardedTier[] behind = assignment.TouchesLower ? TiersBehind() : [];
            foreach (GuardedTier tier in behind)
                tier.Behind.Add(key);
            if (assignment.TouchesLower)
                await WriteAsync(assignment, invalidator.WritableInOrder().Except(behind)).ConfigureAwait(false);
            chain.RecentVersions.Note(key, assignment.Version);
            assignment.Taken |= StoreInMemory(assignment);
            if (behind.Length > 0)
            {
                handedOver = true;
                chain.Background.Add(FinishBehindAsync(assignment, behind));
                return;
            }
        }
        finally
        {
            if (!handedOver)
                assignment.End(chain.Flights);
        }
        await PublishAsync(assignment).ConfigureAwait(false);
        assignment.Dispose();
        if (assignment.Failed && !assignment.Taken)
            throw new InvalidOperationException(
                $"Cache key '{assignment.Key}' could not be set: every tier that was to take the value failed, and the log says why. The old value is invalidated, so the next read computes it.");
    }

    // Too many that wait already: then this call waits too, instead of anything being lost.
    private GuardedTier[] TiersBehind() =>
        chain.Background.Running < chain.Options.MaximumWritesBehind ? [.. invalidator.WritableInOrder().Where(t => t.WritesBehind)] : [];

    // Until all is written nobody reads the key from these tiers, and whatever is computed meanwhile is not stored.
    private async ValueTask FinishBehindAsync(Assignment assignment, GuardedTier[] behind)
    {
        try
        {
            await WriteAsync(assignment, behind).ConfigureAwait(false);
            chain.RecentVersions.Note(assignment.Key, assignment.Version);
        }
        finally
        {
            foreach (GuardedTier tier in behind)
                tier.Behind.Remove(assignment.Key);
            assignment.End(chain.Flights);
        }
        await PublishAsync(assignment).ConfigureAwait(false);
        assignment.Dispose();
    }

    private async ValueTask WriteAsync(Assignment assignment, IEnumerable<GuardedTier> tiers)
    {
        foreach (GuardedTier tier in tiers)
        {
            (WriteOutcome outcome, EntryVersion given) = await SetInTierAsync(tier, assignment).ConfigureAwait(false);
            assignment.Taken |= outcome == WriteOutcome.Written;
            assignment.Failed |= outcome is WriteOutcome.Failed or WriteOutcome.TimedOut;
            if (tier == chain.VersionAuthority)
                assignment.Version = given;
        }
    }

    // Whatever keeps a tier from taking the new value, the old one must not stay.
    private async ValueTask<(WriteOutcome Outcome, EntryVersion Version)> SetInTierAsync(GuardedTier tier, Assignment assignment)
    {
        string key = assignment.Key;
        if (assignment.Bytes is { } bytes)
        {
            (WriteOutcome outcome, EntryVersion version) = await tier.WriteAsync(key, bytes, assignment.LifetimeIn(tier)).ConfigureAwait(false);
            assignment.Data?.Ended(outcome);
            if (outcome is WriteOutcome.Failed or WriteOutcome.TimedOut)
                invalidator.Defer(tier, [key], assignment.Time);
            if (outcome != WriteOutcome.Skipped)
                return (outcome, version);
        }
        (EntryVersion removed, Exception? fault) = await tier.RemoveAsync(key).ConfigureAwait(false);
        if (fault is not null)
            invalidator.Defer(tier, [key], assignment.Time);
        return (WriteOutcome.Skipped, removed);
    }

    // One face's new value replaces whatever the other face holds under the key, as it does in the tiers below.
    private bool StoreInMemory(Assignment assignment)
    {
        MemoryEntry? entry = assignment.ToMemoryEntry(assignment.Version);
        MemoryLife life = assignment.Life with { Life = assignment.Life.Life - chain.Time.GetElapsedTime(assignment.Started) };
        chain.Memory.Remove(assignment.Key);
        if (entry is null)
            return false;
        bool stored = !(life.Life <= TimeSpan.Zero)
            && chain.Flights.Commit(assignment.Mutation!, (chain.Memory, entry, life, assignment.Epoch), static s =>
                s.Memory.Put(s.entry, s.life, s.Epoch));
        if (stored)
            Interlocked.Increment(ref chain.Counters.MemoryWrites);
        // A newer invalidation from elsewhere has taken the value out again: it was taken all the same.
        return true;
    }

    // A write fault is logged and tried again, not thrown: the value is set, and the others will hear of it.
    private async ValueTask PublishAsync(Assignment assignment)
    {
        if (assignment.Broadcast == BroadcastMode.None)
            return;
        bool update = assignment.Broadcast == BroadcastMode.Update && assignment.Pushed is { } pushed && !assignment.Version.IsNone
            && pushed.Length <= chain.Options.MaximumBroadcastBytes
            && chain.Time.GetElapsedTime(assignment.Started) < RecentVersions.PushDeadline;
        await invalidator.PublishAsync(
            update ? InvalidationKind.Update : InvalidationKind.Key, assignment.Time, [assignment.Key], assignment.Version,
            update ? assignment.Pushed!.Value.Memory.ToArray() : default).ConfigureAwait(false);
    }
}
