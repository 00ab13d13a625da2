using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Invalidation;
using HybridTiered.Tags;
using HybridTiered.Tiers;

namespace HybridTiered.Chain;

/// <summary>
/// Carries out invalidations that are made here, in one order: the flights of the keys are tainted, shared tiers lose them from the bottom up, then machine tiers,
/// then L1; then the others are told. A tier that fails keeps nobody else from being told.
/// </summary>
internal sealed class Invalidator(TierChain chain, InvalidationCoordinator coordinator)
{
    /// <summary>How many keys one message names at most.</summary>
    private const int KeysPerMessage = 1_000;

    /// <summary>Removes one key.</summary>
    /// <exception cref="InvalidationIncompleteException">A tier or the backplane failed.</exception>
    public async ValueTask RemoveAsync(string key)
    {
        using TimedOperation? timed = chain.Telemetry.Invalidation(InvalidationKind.Key, InvalidationDirection.Sent, key);
        await coordinator.WhenReadyAsync().ConfigureAwait(false);
        long now = chain.Clock.NextForInvalidation();
        var faults = new InvalidationFaults();
        EntryVersion version = default;
        chain.Flights.BeginInvalidation(key);
        try
        {
            using KeyLocks.Holder holder = await chain.Locks.AcquireAsync(key, CancellationToken.None).ConfigureAwait(false);
            foreach (GuardedTier tier in WritableInOrder())
            {
                (EntryVersion given, Exception? fault) = await tier.RemoveAsync(key).ConfigureAwait(false);
                if (tier == chain.VersionAuthority)
                    version = given;
                Note(ref faults, tier, fault, key, now);
            }
            chain.RecentVersions.Note(key, version);
            chain.Memory.Remove(key);
            Interlocked.Increment(ref chain.Counters.MemoryRemovals);
        }
        finally
        {
            chain.Flights.EndInvalidation(key);
        }
        faults.Add("the backplane", await PublishAsync(InvalidationKind.Key, now, [key], version).ConfigureAwait(false));
        faults.ThrowIfAny();
    }

    /// <summary>Removes many keys, each tier in as few steps as it can.</summary>
    /// <param name="keys">Distinct keys, two or more.</param>
    /// <exception cref="InvalidationIncompleteException">A tier or the backplane failed.</exception>
    public async ValueTask RemoveManyAsync(IReadOnlyList<string> keys)
    {
        using TimedOperation? timed = chain.Telemetry.Invalidation(InvalidationKind.Keys, InvalidationDirection.Sent);
        await coordinator.WhenReadyAsync().ConfigureAwait(false);
        long now = chain.Clock.NextForInvalidation();
        var faults = new InvalidationFaults();
        foreach (string key in keys)
            chain.Flights.BeginInvalidation(key);
        try
        {
            IReadOnlyList<KeyLocks.Holder> holders = await chain.Locks.AcquireAllAsync(keys, CancellationToken.None).ConfigureAwait(false);
            try
            {
                string[] inTiers = [.. keys.Where(key => KeyRules.IsWellFormed(key))];
                foreach (GuardedTier tier in WritableInOrder())
                {
                    Exception? fault = await tier.RemoveManyAsync(inTiers).ConfigureAwait(false);
                    faults.Add("tier " + tier.Name, fault);
                    if (fault is not null)
                        Defer(tier, inTiers, now);
                }
            }
            finally
            {
                foreach (KeyLocks.Holder holder in holders)
                    holder.Dispose();
            }
            foreach (string key in keys)
            {
                chain.RecentVersions.Note(key, default);
                chain.Memory.Remove(key);
            }
            Interlocked.Add(ref chain.Counters.MemoryRemovals, keys.Count);
        }
        finally
        {
            foreach (string key in keys)
                chain.Flights.EndInvalidation(key);
        }
        faults.Add("the backplane", await PublishKeysAsync(keys, now).ConfigureAwait(false));
        faults.ThrowIfAny();
    }

    /// <summary>Invalidates every entry that carries one of some tags.</summary>
    /// <exception cref="InvalidationIncompleteException">A tier or the backplane failed.</exception>
    public async ValueTask RemoveByTagsAsync(IReadOnlyList<string> tags)
    {
        using TimedOperation? timed = chain.Telemetry.Invalidation(InvalidationKind.Tag, InvalidationDirection.Sent);
        await BeginForgettableAsync().ConfigureAwait(false);
        long now = chain.Clock.NextForInvalidation();
        foreach (string tag in tags)
            chain.Tags.Invalidate(tag, now);
        InvalidationFaults faults = await StoreTagTimesAsync(tags, now).ConfigureAwait(false);
        await chain.Clock.WhenPassedAsync(now).ConfigureAwait(false);
        faults.Add("the backplane", await PublishAsync(InvalidationKind.Tag, now, tags).ConfigureAwait(false));
        chain.Clock.Observe(now);
        faults.ThrowIfAny();
    }

    /// <summary>Invalidates every entry whose key matches. What the shared tiers hold of them is deleted behind.</summary>
    /// <exception cref="InvalidationIncompleteException">A tier or the backplane failed.</exception>
    public async ValueTask RemoveByPatternAsync(GlobPattern pattern)
    {
        using TimedOperation? timed = chain.Telemetry.Invalidation(InvalidationKind.Pattern, InvalidationDirection.Sent);
        await BeginForgettableAsync().ConfigureAwait(false);
        long now = chain.Clock.NextForInvalidation();
        chain.Tags.Invalidate(pattern, now);
        chain.Flights.TaintWhere(key => pattern.Matches(key));
        chain.Memory.Remove(pattern);
        var faults = new InvalidationFaults();
        foreach (GuardedTier tier in chain.Lower.Where(t => t.IsWritable && t.Reach != TierReach.Shared))
            faults.Add("tier " + tier.Name, await SweepAsync(tier, pattern).ConfigureAwait(false));
        await chain.Clock.WhenPassedAsync(now).ConfigureAwait(false);
        faults.Add("the backplane", await PublishAsync(InvalidationKind.Pattern, now, [pattern.Text]).ConfigureAwait(false));
        SweepSharedBehind(pattern);
        chain.Clock.Observe(now);
        faults.ThrowIfAny();
    }

    /// <summary>Invalidates everything.</summary>
    /// <param name="sweep">Whether what the shared tiers hold is deleted behind.</param>
    /// <exception cref="InvalidationIncompleteException">A tier or the backplane failed.</exception>
    public async ValueTask ClearAsync(bool sweep)
    {
        using TimedOperation? timed = chain.Telemetry.Invalidation(InvalidationKind.All, InvalidationDirection.Sent);
        await BeginForgettableAsync().ConfigureAwait(false);
        long now = chain.Clock.NextForInvalidation();
        chain.Tags.Invalidate(TagRegistry.Wildcard, now);
        chain.Flights.TaintWhere(static _ => true);
        InvalidationFaults faults = await StoreTagTimesAsync([TagRegistry.Wildcard], now).ConfigureAwait(false);
        foreach (GuardedTier tier in chain.Lower.Where(t => t.IsWritable && t.Reach != TierReach.Shared))
            faults.Add("tier " + tier.Name, await ClearAsync(tier).ConfigureAwait(false));
        chain.Memory.Store.Clear();
        await chain.Clock.WhenPassedAsync(now).ConfigureAwait(false);
        faults.Add("the backplane", await PublishAsync(InvalidationKind.All, now, []).ConfigureAwait(false));
        if (sweep)
            SweepSharedBehind(new GlobPattern(TagRegistry.Wildcard));
        chain.Clock.Observe(now);
        faults.ThrowIfAny();
    }

    /// <summary>The tiers that take writes: the shared ones from the bottom up, then those of the machine.</summary>
    public IEnumerable<GuardedTier> WritableInOrder()
    {
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = chain.Lower.Count - 1; i >= 0; i--)
            {
                GuardedTier tier = chain.Lower[i];
                if (tier.IsWritable && (tier.Reach == TierReach.Shared) == (pass == 0))
                    yield return tier;
            }
        }
    }

    /// <summary>Tells the other instances.</summary>
    /// <returns>The fault, if they could not be told now.</returns>
    public ValueTask<Exception?> PublishAsync(
        InvalidationKind kind, long now, IReadOnlyList<string> names, EntryVersion version = default, ReadOnlyMemory<byte> payload = default)
    {
        var message = new InvalidationMessage(kind, coordinator.Origin, now, names, version, payload);
        chain.Recent.Add(InvalidationDirection.Sent, message);
        return coordinator.PublishAsync(message);
    }

    /// <summary>Tells the other instances of keys, in messages of bounded size.</summary>
    /// <returns>The last fault, if they could not be told now.</returns>
    public async ValueTask<Exception?> PublishKeysAsync(IEnumerable<string> keys, long now)
    {
        Exception? fault = null;
        foreach (string[] part in keys.Chunk(KeysPerMessage))
            fault = await PublishAsync(InvalidationKind.Keys, now, part).ConfigureAwait(false) ?? fault;
        return fault;
    }

    /// <summary>Ends when times may be stamped that other instances will see.</summary>
    public Task WhenReadyAsync() => coordinator.WhenReadyAsync();

    /// <summary>Removes from a tier what matches, or everything where it cannot tell. What fails is made again.</summary>
    public async ValueTask<Exception?> SweepAsync(GuardedTier tier, GlobPattern pattern)
    {
        if (!tier.IsSweepable)
            return null;
        long asOf = chain.Clock.Now;
        tier.Pending.BeginSweep();
        Exception? fault = await tier.TryAsync(TierWork.Sweep, "remove by pattern", pattern, static async (t, p) =>
        {
            if (t.Tier is IPatternTier patterns)
            {
                long removed = await patterns.RemoveByPatternAsync(
                    p.Prefixed(t.FullKey("")), t.FullKey(TagRecords.KeyPrefix), CancellationToken.None).ConfigureAwait(false);
                Interlocked.Add(ref t.Counters.Removals, removed);
            }
            else if (t.Tier is IJournalFollower follower)
            {
                await follower.ClearAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        tier.Pending.EndSweep(pattern, fault is not null);
        if (fault is not null)
            coordinator.EnsureStarted();
        else if (pattern.Text == TagRegistry.Wildcard)
            tier.Pending.EverythingRemoved(asOf);
        return fault;
    }

    /// <inheritdoc cref="SweepAsync"/>
    public async ValueTask SweepBehindAsync(GuardedTier tier, GlobPattern pattern) => await SweepAsync(tier, pattern).ConfigureAwait(false);

    /// <summary>Empties a machine tier.</summary>
    public static ValueTask<Exception?> ClearAsync(GuardedTier tier) =>
        tier.TryAsync(TierWork.Sweep, "clear", 0, static async (t, _) =>
        {
            if (t.Tier is IJournalFollower follower)
                await follower.ClearAsync(CancellationToken.None).ConfigureAwait(false);
        });

    /// <summary>Leaves keys to be removed from a tier later.</summary>
    public void Defer(GuardedTier tier, IEnumerable<string> keys, long now)
    {
        foreach (string key in keys)
            tier.Pending.AddRemoval(key, now);
        StartRetrying(tier);
    }

    private void StartRetrying(GuardedTier tier)
    {
        chain.Throttled.InvalidationsPending(tier.Name, tier.Pending.Count);
        coordinator.EnsureStarted();
    }

    // All begin at once, so that the pattern is remembered until the last has ended.
    private void SweepSharedBehind(GlobPattern pattern)
    {
        foreach (GuardedTier tier in chain.Lower.Where(t => t.Reach == TierReach.Shared))
            chain.Background.Add(SweepBehindAsync(tier, pattern));
    }

    // What is remembered of such an invalidation is forgotten by the coordinator's loop.
    private Task BeginForgettableAsync()
    {
        coordinator.EnsureStarted();
        return coordinator.WhenReadyAsync();
    }

    private async ValueTask<InvalidationFaults> StoreTagTimesAsync(IReadOnlyList<string> tags, long now)
    {
        var faults = new InvalidationFaults();
        foreach (GuardedTier tier in WritableInOrder())
        {
            foreach (string tag in tags.Where(tag => KeyRules.IsWellFormed(tag)))
            {
                Exception? fault = chain.Clock.IsTrusted
                    ? await tier.TryAsync(TierWork.Write, "store a tag", (tag, now), static (t, s) => TagRecords.WriteAsync(t, s.tag, s.now)).ConfigureAwait(false)
                    : new InvalidOperationException("The time of the cluster is not known yet, because the backplane has not answered; the time of a tag is stored when it has.");
                faults.Add("tier " + tier.Name, fault);
                if (fault is null)
                    continue;
                tier.Pending.AddTagTime(tag, now);
                StartRetrying(tier);
            }
        }
        return faults;
    }

    private void Note(ref InvalidationFaults faults, GuardedTier tier, Exception? fault, string key, long now)
    {
        faults.Add("tier " + tier.Name, fault);
        if (fault is not null)
            Defer(tier, [key], now);
    }
}
