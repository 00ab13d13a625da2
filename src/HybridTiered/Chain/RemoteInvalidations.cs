using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Invalidation;
using HybridTiered.Tags;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>Applies what other instances have invalidated to this one's L1 and machine tiers. Called by the coordinator's loop alone, one call at a time.</summary>
internal sealed class RemoteInvalidations(TierChain chain, Invalidator invalidator) : IInvalidationTarget
{
    // Tag times are stored in the tiers below; in a chain without such tiers nothing older than a computation can turn up.
    private static readonly TimeSpan TagMemory = TimeSpan.FromHours(1);

    // A pattern matters for as long as a computation that started before it, here or elsewhere, may still write.
    private readonly TimeSpan _patternMemory = LongestMemory(chain.Lower);

    private readonly GuardedTier[] _machine = [.. chain.Lower.Where(t => t.Reach != TierReach.Shared)];

    public bool FollowsJournal => _machine.Length > 0;

    public async ValueTask ApplyAsync(InvalidationMessage message)
    {
        // Keys are told apart by versions, and their messages are sent before their time has certainly passed.
        if (message.IsATime)
            chain.Clock.Observe(message.Timestamp);
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

    public void BeginOutage()
    {
        if (chain.Options.WhileDisconnected == OutageMode.ServeL1)
            return;
        TimeSpan? age = chain.Options.WhileDisconnected == OutageMode.ServeRecentL1 ? chain.Options.DisconnectedMaxAge : null;
        chain.Memory.Outage = new OutageRule(chain.Clock, age);
        chain.Tags.MoveEpoch();
    }

    public void EndOutage() => chain.Memory.Outage = null;

    public async ValueTask ClearAsync()
    {
        chain.Flights.TaintWhere(static _ => true);
        chain.TagRecords.Forget();
        foreach (GuardedTier tier in _machine)
            tier.MustClear = await Invalidator.ClearAsync(tier).ConfigureAwait(false) is not null;
        ClearMemory();
    }

    // Everything, because nobody knows any more which keys it was. Told to the others, and stored, with the next maintenance.
    public void SharedTiersWentBack()
    {
        long now = chain.Clock.NextForInvalidation();
        foreach (GuardedTier tier in chain.Lower.Where(t => t.Reach == TierReach.Shared && t.IsWritable))
        {
            chain.Tags.Invalidate(TagRegistry.Wildcard, now);
            tier.Pending.AddTagTime(TagRegistry.Wildcard, now);
        }
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
            // What is still to be removed would be forgotten by a restart, were it not read again from the journal.
            if (!position.IsNone && !tier.MustClear && tier.Pending.Count == 0)
            {
                await tier.TryAsync(TierWork.Write, "write its journal position", position, static async (t, p) =>
                {
                    if (t.Tier is IJournalFollower follower)
                        await follower.WriteJournalPositionAsync(p, CancellationToken.None).ConfigureAwait(false);
                }).ConfigureAwait(false);
            }
            tier.CaughtUp = true;
        }
    }

    public async ValueTask MaintainAsync()
    {
        foreach (GuardedTier tier in chain.Lower)
        {
            if (tier.MustClear && await Invalidator.ClearAsync(tier).ConfigureAwait(false) is null)
                tier.MustClear = false;
            if (tier.Pending.Count > 0)
                await RetryAsync(tier).ConfigureAwait(false);
        }
        long now = chain.Clock.Now;
        bool swept = chain.Lower.All(t => t.IsSweepable && !t.Pending.HasSweeps);
        chain.Tags.Forget(
            swept ? Math.Min(now - _patternMemory.Ticks, chain.Flights.OldestCreated()) : long.MinValue,
            now - TagMemory.Ticks);
    }

    public async ValueTask ClockMovedAsync(bool first, long ticks)
    {
        if (first)
        {
            // Until now every time was this instance's own. Those that were read from a tier were right, are moved too far at most up to now, and are read again.
            chain.Tags.Shift(ticks);
            foreach (GuardedTier tier in chain.Lower)
                tier.Pending.Shift(ticks);
        }
        chain.Tags.Cap(chain.Clock.NextForInvalidation());
        if (!first)
        {
            await ClearAsync().ConfigureAwait(false);
            return;
        }
        chain.TagRecords.Forget();
        ClearMemory();
    }

    // Flights are tainted once the machine tiers are empty: what they had read from them before must not come back into L1.
    private void ClearMemory()
    {
        chain.Flights.TaintWhere(static _ => true);
        chain.Memory.Store.Clear();
    }

    private async ValueTask ApplyToKeyAsync(string key, InvalidationMessage message)
    {
        if (_machine.Length == 0)
        {
            ApplyToMemory(key, message);
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
            ApplyToMemory(key, message);
        }
        finally
        {
            chain.Flights.EndInvalidation(key);
        }
    }

    private void ApplyToMemory(string key, InvalidationMessage message) =>
        chain.Flights.Taint(key, (Self: this, key, message), static (s, underWay) => s.Self.ApplyToMemory_NeedsLock(s.key, s.message, underWay));

    /// <summary>
    /// An entry that is known to be at least as new as the message stays. A pushed value is taken over an entry that is known to be older, or over none;
    /// in every other case the entry goes, and the next reader finds out. One of these is a flight under way, or one whose value was not kept: it may have found what
    /// is newer than the message, and whoever saw that must not see the pushed value afterwards.
    /// </summary>
    /// <remarks>
    /// In one step with noting the version: a local set notes its own before it stores its value, so that it finds an older pushed value
    /// in L1, which it replaces, or keeps it from being stored.
    /// </remarks>
    private void ApplyToMemory_NeedsLock(string key, InvalidationMessage message, bool underWay)
    {
        bool newest = chain.RecentVersions.Note(key, message.Version);
        bool any = chain.Memory.Store.TryGet(key, out MemoryEntry? entry);
        bool versioned = any && !entry!.Version.IsNone && !message.Version.IsNone;
        if (versioned && entry!.Version >= message.Version)
            return;
        chain.Memory.Remove(key);
        Interlocked.Increment(ref chain.Counters.MemoryRemovals);
        if (message.Kind == InvalidationKind.Update && newest && !underWay && !message.Version.IsNone && (versioned || !any))
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
        byte[]? own = header.ExpandedLength is { } length ? Expand(payload, length) : payload.ToArray();
        if (own is null)
            return;
        var entry = new EncodedEntry(key, own, EntrySize.OfBytes(key, own.Length))
        {
            Created = header.Created,
            Tags = tags,
            Version = message.Version,
        };
        EntrySettings settings = chain.Settings.Resolve(key, null);
        var life = TimeSpan.FromTicks(left);
        chain.Memory.Put(
            entry, new MemoryLife(life, null, settings.Resilience.FailSafeMaxDuration, settings.RefreshAfter(life, header.Life), header.Validators), epoch);
        Interlocked.Increment(ref chain.Counters.MemoryWrites);
    }

    private byte[]? Expand(ReadOnlyMemory<byte> stored, long length)
    {
        if (PayloadCompression.TryExpand(stored.Span, length, chain.Options.MaximumPayloadBytes, out byte[]? payload))
            return payload;
        Interlocked.Increment(ref chain.Counters.Malformed);
        return null;
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
            await invalidator.SweepAsync(tier, pattern).ConfigureAwait(false);
        chain.Memory.Remove(pattern);
    }

    /// <summary>
    /// The others were told when the tier had failed, and may since have read from it what it should not have had any more: they are told again.
    /// </summary>
    private async ValueTask RetryAsync(GuardedTier tier)
    {
        if (tier.Pending.TakeOverflow())
            await ExtendToEverythingAsync(tier).ConfigureAwait(false);
        foreach (GlobPattern pattern in tier.Pending.TakeFailedSweeps())
            chain.Background.Add(invalidator.SweepBehindAsync(tier, pattern));
        var removed = new List<string>();
        bool all = await RetryRemovalsAsync(tier, removed).ConfigureAwait(false);
        if (removed.Count > 0)
            await invalidator.PublishKeysAsync(removed, chain.Clock.NextForInvalidation()).ConfigureAwait(false);
        if (all && await RetryTagTimesAsync(tier).ConfigureAwait(false))
            chain.Logger.InvalidationsCarriedOut(tier.Name);
    }

    // Which keys it was that had to be given up is no longer known to anybody.
    private async ValueTask ExtendToEverythingAsync(GuardedTier tier)
    {
        long time = tier.Pending.EverythingBefore;
        chain.Tags.Invalidate(TagRegistry.Wildcard, time);
        tier.Pending.AddTagTime(TagRegistry.Wildcard, time);
        await invalidator.PublishAsync(InvalidationKind.All, time, []).ConfigureAwait(false);
        chain.Background.Add(invalidator.SweepBehindAsync(tier, new GlobPattern(TagRegistry.Wildcard)));
    }

    private async ValueTask<bool> RetryRemovalsAsync(GuardedTier tier, List<string> removed)
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
                return false;
            Interlocked.Increment(ref tier.Counters.Removals);
            tier.Pending.RemovalDone(key, ticket);
            removed.Add(key);
        }
        return true;
    }

    private async ValueTask<bool> RetryTagTimesAsync(GuardedTier tier)
    {
        if (!chain.Clock.IsTrusted)
            return tier.Pending.TagTimes().Count == 0;
        foreach ((string tag, long time) in tier.Pending.TagTimes())
        {
            Exception? fault = await tier.TryAsync(TierWork.Write, "store a tag", (tag, time), static (t, s) => TagRecords.WriteAsync(t, s.tag, s.time)).ConfigureAwait(false);
            if (fault is not null)
                return false;
            tier.Pending.TagTimeDone(tag, time);
            await invalidator.PublishAsync(
                tag == TagRegistry.Wildcard ? InvalidationKind.All : InvalidationKind.Tag, time, tag == TagRegistry.Wildcard ? [] : [tag]).ConfigureAwait(false);
        }
        return true;
    }

    private static TimeSpan LongestMemory(IReadOnlyList<GuardedTier> tiers)
    {
        TimeSpan longest = JournalReader.PatternMemory;
        foreach (GuardedTier tier in tiers)
            longest = tier.VersionRetention > longest ? tier.VersionRetention : longest;
        return longest;
    }
}
