using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Invalidation;
using HybridTiered.Tags;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>Applies what other instances have invalidated to this one's L1 and machine tiers. Called by the coordinator's loop alone, one call at a time.</summary>
internal sealed class RemoteInvalidations(TierChain chain) : IInvalidationTarget
{
    // A pattern matters for as long as a computation that started before it, here or elsewhere, may still write.
    private readonly TimeSpan _patternMemory = chain.Lower.Select(t => t.VersionRetention).Append(TimeSpan.FromSeconds(60)).Max();

    // Tag times are stored in the tiers below; in a chain without such tiers nothing older than a computation can turn up.
    private static readonly TimeSpan TagMemory = TimeSpan.FromHours(1);

    private readonly GuardedTier[] _machine = [.. chain.Lower.Where(t => t.Reach != TierReach.Shared)];

    public bool FollowsJournal => _machine.Length > 0;

    public async ValueTask ApplyAsync(InvalidationMessage message)
    {
        switch (message.Kind)
        {
            case InvalidationKind.Key or InvalidationKind.Keys or InvalidationKind.Update:
                foreach (string key in message.Names)
                    await ApplyToKeyAsync(key, message).ConfigureAwait(false);
                break;
            case InvalidationKind.Tag:
                foreach (string tag in message.Names)
                    await ApplyTagAsync(tag, message.Timestamp).ConfigureAwait(false);
                break;
            case InvalidationKind.Pattern:
                foreach (string text in message.Names)
                    await ApplyPatternAsync(new GlobPattern(text), message.Timestamp).ConfigureAwait(false);
                break;
            case InvalidationKind.All:
                chain.Tags.Invalidate(TagRegistry.Wildcard, message.Timestamp);
                await ClearAsync().ConfigureAwait(false);
                break;
            default:
                throw new InvalidOperationException($"An invalidation of kind {message.Kind} is not known here.");
        }
    }

    public async ValueTask ClearAsync()
    {
        chain.Flights.TaintWhere(static _ => true);
        chain.TagRecords.Forget();
        foreach (GuardedTier tier in _machine)
            await Invalidator.ClearAsync(tier).ConfigureAwait(false);
        chain.Memory.Store.Clear();
    }

    public async ValueTask<JournalId> ReadPositionAsync()
    {
        JournalId oldest = new(long.MaxValue, long.MaxValue);
        foreach (GuardedTier tier in _machine)
        {
            JournalId position = default;
            await tier.TryAsync(TierWork.Read, "read its journal position", 0, async (t, _) =>
            {
                if (t.Tier is IJournalFollower follower)
                    position = await follower.ReadJournalPositionAsync(CancellationToken.None).ConfigureAwait(false);
            }).ConfigureAwait(false);
            oldest = position < oldest ? position : oldest;
        }
        return _machine.Length == 0 ? JournalId.None : oldest;
    }

    public async ValueTask WritePositionAsync(JournalId position)
    {
        foreach (GuardedTier tier in _machine)
        {
            if (!position.IsNone)
            {
                await tier.TryAsync(TierWork.Write, "write its journal position", position, static async (t, p) =>
                {
                    if (t.Tier is IJournalFollower follower)
                        await follower.WriteJournalPositionAsync(p, CancellationToken.None).ConfigureAwait(false);
                }).ConfigureAwait(false);
            }
            tier.IsOpen = true;
        }
    }

    public async ValueTask MaintainAsync()
    {
        foreach (GuardedTier tier in chain.Lower)
        {
            if (tier.Pending.Count > 0)
                await RetryAsync(tier).ConfigureAwait(false);
        }
        long now = chain.Clock.Now;
        bool sweepsReachAll = chain.Lower.All(t => t.Tier is IPatternTier);
        chain.Tags.Forget(
            sweepsReachAll ? Math.Min(now - _patternMemory.Ticks, chain.Flights.OldestCreated()) : long.MinValue,
            now - TagMemory.Ticks);
    }

    public void ShiftTimes(long ticks)
    {
        chain.Tags.Shift(ticks);
        chain.Flights.TaintWhere(static _ => true);
        chain.Memory.Store.Clear();
    }

    private async ValueTask ApplyToKeyAsync(string key, InvalidationMessage message)
    {
        bool newest = chain.RecentVersions.Note(key, message.Version);
        if (_machine.Length == 0)
        {
            chain.Flights.Taint(key, (Self: this, key, message, newest), static s => s.Self.ApplyToMemory(s.key, s.message, s.newest));
            return;
        }
        chain.Flights.BeginInvalidation(key);
        try
        {
            using KeyLocks.Holder holder = await chain.Locks.AcquireAsync(key, CancellationToken.None).ConfigureAwait(false);
            foreach (GuardedTier tier in _machine)
            {
                (_, Exception? fault) = await tier.RemoveAsync(key).ConfigureAwait(false);
                if (fault is not null)
                    tier.Pending.AddRemoval(key, chain.Clock.Now);
            }
            ApplyToMemory(key, message, newest);
        }
        finally
        {
            chain.Flights.EndInvalidation(key);
        }
    }

    /// <summary>
    /// An entry that is known to be at least as new as the message stays. A pushed value is taken over an entry that is known to be older, or over none;
    /// in every other case the entry goes, and the next reader finds out.
    /// </summary>
    private void ApplyToMemory(string key, InvalidationMessage message, bool newest)
    {
        bool any = chain.Memory.Store.TryGet(key, out MemoryEntry? entry);
        bool versioned = any && !entry!.Version.IsNone && !message.Version.IsNone;
        if (versioned && entry!.Version >= message.Version)
            return;
        chain.Memory.Remove(key);
        Interlocked.Increment(ref chain.Counters.MemoryRemovals);
        if (message.Kind == InvalidationKind.Update && newest && !message.Version.IsNone && (versioned || !any))
            StorePushed(key, message);
    }

    private void StorePushed(string key, InvalidationMessage message)
    {
        if (PayloadCodec.TryRead(message.Payload, key, out EntryHeader header, out ReadOnlyMemory<byte> payload) != PayloadDefect.None)
        {
            Interlocked.Increment(ref chain.Counters.Malformed);
            return;
        }
        long epoch = chain.Tags.Epoch;
        TagCell[]? tags = chain.Tags.Cells(header.Tags);
        long left = Lifetimes.End(header, chain.MemoryOptions.TtlScale) - chain.Clock.Now;
        if (left <= 0 || chain.Tags.IsDead(key, header.Created, tags))
            return;
        var entry = new EncodedEntry(key, payload.ToArray(), EntrySize.OfBytes(key, payload.Length))
        {
            Created = header.Created,
            Tags = tags,
            Version = message.Version,
        };
        chain.Memory.Put(entry, TimeSpan.FromTicks(left), null, epoch);
        Interlocked.Increment(ref chain.Counters.MemoryWrites);
    }

    // A machine tier needs the time in a record of its own: after a restart it may be the only one that remembers.
    private async ValueTask ApplyTagAsync(string tag, long time)
    {
        chain.Tags.Invalidate(tag, time);
        foreach (GuardedTier tier in _machine)
        {
            Exception? fault = await tier.TryAsync(TierWork.Write, "store a tag", (tag, time), static (t, s) => TagRecords.WriteAsync(t, s.tag, s.time)).ConfigureAwait(false);
            if (fault is not null)
                tier.Pending.AddTagTime(tag, time);
        }
    }

    private async ValueTask ApplyPatternAsync(GlobPattern pattern, long time)
    {
        chain.Tags.Invalidate(pattern, time);
        chain.Flights.TaintWhere(key => pattern.Matches(key));
        foreach (GuardedTier tier in _machine)
            await Invalidator.SweepAsync(tier, pattern).ConfigureAwait(false);
        chain.Memory.Remove(pattern);
    }

    private async ValueTask RetryAsync(GuardedTier tier)
    {
        foreach ((string key, long ticket) in tier.Pending.Removals())
        {
            using KeyLocks.Holder holder = await chain.Locks.AcquireAsync(key, CancellationToken.None).ConfigureAwait(false);
            if (!tier.Pending.Covers(key))
                continue;
            // Straight to the tier: the guard would take the key for settled although it might have been added again meanwhile.
            Exception? fault = await tier.TryAsync(TierWork.Remove, "remove", key, static async (t, k) =>
                await t.Tier.RemoveAsync(t.FullKey(k), CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
            if (fault is not null)
                return;
            Interlocked.Increment(ref tier.Counters.Removals);
            tier.Pending.RemovalDone(key, ticket);
        }
        foreach ((string tag, long time) in tier.Pending.TagTimes())
        {
            Exception? fault = await tier.TryAsync(TierWork.Write, "store a tag", (tag, time), static (t, s) => TagRecords.WriteAsync(t, s.tag, s.time)).ConfigureAwait(false);
            if (fault is not null)
                return;
            tier.Pending.TagTimeDone(tag, time);
        }
        chain.Logger.InvalidationsCarriedOut(tier.Name);
    }
}
