using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Tags;

namespace HybridTiered.Tiers.Memory;

/// <summary>L1: typed entries in a store, with lifetimes and tags checked on each hit.</summary>
internal sealed class MemoryTier(IMemoryStore store, CoarseClock clock, TagRegistry tags, long idleMilliseconds = 0) : IDisposable
{
    // A sliding or idle entry tells its lower tiers, or its own bookkeeping, at this fraction of its window and not at every hit.
    private const int TouchFraction = 8;

    // No epoch that there ever is.
    private const long Unchecked = -1;

    // The default store under its own type: a hit is then a direct call that can be inlined.
    private readonly S3FifoStore? _bounded = store as S3FifoStore;
    private OutageRule? _outage;

    public IMemoryStore Store { get; } = store;

    public CoarseClock Clock { get; } = clock;

    public HitCounter Hits { get; } = new();

    /// <summary>
    /// Which entries may be served while invalidations cannot arrive; <see langword="null"/> for all. Whoever sets it moves the epoch afterwards, so that every hit looks.
    /// </summary>
    public OutageRule? Outage
    {
        get => Volatile.Read(ref _outage);
        set => Volatile.Write(ref _outage, value);
    }

    /// <summary>Finds an entry, alive or not. Counts nothing.</summary>
    // The default store is asked in line; any other by a call that returns what it finds, because a variable that is handed out by reference to a call could not
    // stay in a register on the way of the default store either.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MemoryEntry? Find(string storeKey) =>
        _bounded is not { } bounded ? FindElsewhere(storeKey) : bounded.TryGet(storeKey, out MemoryEntry? entry) ? entry : null;

    /// <inheritdoc cref="Find(string)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MemoryEntry? Find(ReadOnlySpan<char> storeKey) =>
        _bounded is not { } bounded ? FindElsewhere(storeKey) : bounded.TryGet(storeKey, out MemoryEntry? entry) ? entry : null;

    /// <summary>The hit that is nothing but a look at an entry, a clock and an epoch. Says no to everything rarer.</summary>
    /// <param name="entry">What lies under the key.</param>
    /// <param name="value">Its value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryHit<T>(MemoryEntry? entry, [MaybeNullWhen(false)] out T value)
    {
        if (entry is null || !IsSurelyLive(entry))
        {
            value = default;
            return false;
        }
        if (entry.GetType() == typeof(ObjectEntry<T>))
        {
            Hits.Increment();
            value = Unsafe.As<ObjectEntry<T>>(entry).Value;
            return true;
        }
        if (entry.GetType() == typeof(SerializedEntry<T>))
        {
            bool succeeded = TryDeserialize(Unsafe.As<SerializedEntry<T>>(entry), out T? own);
            value = own;
            return succeeded;
        }
        value = default;
        return false;
    }

    /// <summary>The hit on the bytes of the <c>IDistributedCache</c> face.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryHitRaw(string key, [MaybeNullWhen(false)] out byte[] data)
    {
        if (FindRaw(key) is RawEntry raw && IsSurelyLive(raw))
        {
            Hits.Increment();
            data = raw.Data;
            return true;
        }
        data = null;
        return false;
    }

    /// <summary>Finds an entry that is alive, of whatever kind. Counts nothing.</summary>
    /// <param name="storeKey">The key in the store.</param>
    /// <param name="duty">What the hit has to do.</param>
    public MemoryEntry? FindLive(string storeKey, out HitDuty duty)
    {
        duty = HitDuty.None;
        return Find(storeKey) is { } entry && IsLive(entry, out duty) ? entry : null;
    }

    /// <summary>Finds an entry of the <c>IDistributedCache</c> face that is alive. Counts nothing.</summary>
    /// <param name="key">The key as the application knows it.</param>
    /// <param name="duty">What the hit has to do.</param>
    public RawEntry? FindLiveRaw(string key, out HitDuty duty)
    {
        duty = HitDuty.None;
        return FindRaw(key) is RawEntry entry && IsLive(entry, out duty) ? entry : null;
    }

    /// <summary>Finds an entry that fail-safe may serve: one that was kept for it, expired or not, and was not invalidated.</summary>
    public MemoryEntry? FindKept(string storeKey) =>
        Find(storeKey) is { } entry && IsKept(entry) ? entry : null;

    /// <summary>Whether fail-safe may serve an entry.</summary>
    public bool IsKept(MemoryEntry entry) =>
        entry.Plan is { } plan && Clock.Now < plan.KeptUntil && (Outage is not { } rule || rule.Allows(entry)) && !IsDead(entry);

    /// <summary>Whether an entry of the store may be served; drops it if it is of no use any more.</summary>
    public bool IsLive(MemoryEntry entry, out HitDuty duty)
    {
        duty = HitDuty.None;
        long now = Clock.Now;
        if (now >= entry.NextEvent)
        {
            if (now >= entry.ExpiresAt)
                return now >= entry.KeptUntil && Drop(entry);
            if (entry.Plan is { } plan)
                duty = Touch(entry, plan, now);
        }
        long epoch = tags.Epoch;
        if (entry.ValidEpoch != epoch)
        {
            if (IsDead(entry))
                return Drop(entry);
            if (Outage is { } rule)
                return rule.Allows(entry);
            entry.ValidEpoch = epoch;
        }
        return true;
    }

    /// <summary>Sets when an entry ends and keeps it.</summary>
    /// <param name="entry">A new entry.</param>
    /// <param name="life">Its life from now on.</param>
    /// <param name="epoch">The tag epoch in which it was found valid.</param>
    public void Put(MemoryEntry entry, in MemoryLife life, long epoch)
    {
        long now = Clock.Now;
        long end = life.Life is { } span ? Clock.After(span) : CoarseClock.Never;
        entry.ValidEpoch = Outage is null ? epoch : Unchecked;
        entry.NextEvent = end;
        if (life.Sliding is not null || idleMilliseconds > 0 || life.FailSafe > TimeSpan.Zero || life.RefreshAfter is not null || life.Validators is not null)
        {
            entry.Plan = new EntryPlan
            {
                SlidingMilliseconds = life.Sliding is { } s ? Math.Max(1, (long)s.TotalMilliseconds) : 0,
                IdleMilliseconds = idleMilliseconds,
                AbsoluteEnd = end,
                ExpiresAt = end,
                KeptUntil = life.FailSafe > TimeSpan.Zero ? Clock.After(Lifetimes.Sum(life.Life ?? TimeSpan.MaxValue, life.FailSafe)) : 0,
                RefreshAt = life.RefreshAfter is { } after ? Clock.After(after) : CoarseClock.Never,
                Validators = life.Validators,
                LowerTiersRefreshedAt = now,
            };
            Touch(entry, entry.Plan, now);
        }
        Store.Put(entry);
    }

    /// <summary>Lets an expired entry live on for a while, in place of a value that could not be had.</summary>
    public void Prolong(MemoryEntry entry, TimeSpan life)
    {
        EntryPlan plan = entry.Plan!;
        plan.IsStale = true;
        entry.NextEvent = 0;
        plan.ExpiresAt = Math.Min(Clock.After(life), plan.KeptUntil);
    }

    /// <summary>Puts an entry in the place of another with the same content, whose life it takes over.</summary>
    public void Replace(MemoryEntry old, MemoryEntry entry)
    {
        entry.ValidEpoch = old.ValidEpoch;
        entry.NextEvent = old.NextEvent;
        entry.Plan = old.Plan;
        Store.TryReplace(old, entry);
    }

    /// <summary>Drops a key of both faces.</summary>
    public void Remove(string key)
    {
        Store.Remove(key);
        Store.Remove(MemoryKeys.ForRaw(key));
    }

    /// <summary>Drops every entry whose key matches.</summary>
    public void Remove(GlobPattern pattern)
    {
        foreach (MemoryEntry entry in Store.Entries)
        {
            if (pattern.Matches(MemoryKeys.UserKey(entry.Key)))
                Store.Remove(entry);
        }
    }

    public void Dispose()
    {
        Store.Dispose();
        Hits.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MemoryEntry? FindRaw(string key) =>
        _bounded is not { } bounded ? FindRawElsewhere(key) : bounded.TryGetRaw(key, out MemoryEntry? entry) ? entry : null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MemoryEntry? FindElsewhere(string key) => Store.TryGet(key, out MemoryEntry? entry) ? entry : null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MemoryEntry? FindElsewhere(ReadOnlySpan<char> key) => Store.TryGet(key, out MemoryEntry? entry) ? entry : null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MemoryEntry? FindRawElsewhere(string key) => MemoryKeys.TryGetRaw(Store, key, out MemoryEntry? entry) ? entry : null;

    // What cannot be deserialised is left to those who know what to do about it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryDeserialize<T>(SerializedEntry<T> entry, [MaybeNullWhen(false)] out T value)
    {
        try
        {
            value = entry.Deserialize();
        }
        catch (Exception)
        {
            value = default;
            return false;
        }
        Hits.Increment();
        return true;
    }

    // Nothing is due, and nothing was invalidated since somebody looked.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsSurelyLive(MemoryEntry entry) => Clock.IsBefore(entry.NextEvent) && entry.ValidEpoch == tags.Epoch;

    // A sliding window ends exactly that long after the last read, so each read is noted (a store, and only when the clock has moved).
    // An idle window only frees memory, so it is noted seldom and lasts that much longer.
    private static HitDuty Touch(MemoryEntry entry, EntryPlan plan, long now)
    {
        // Every hit of a stale value is to be told as one.
        if (plan.IsStale)
            return HitDuty.None;
        long end = plan.AbsoluteEnd;
        long next = end;
        if (plan.IdleMilliseconds > 0)
        {
            long step = Math.Max(1, plan.IdleMilliseconds / TouchFraction);
            end = Math.Min(end, now + plan.IdleMilliseconds + step);
            next = now + step;
        }
        if (plan.SlidingMilliseconds > 0)
        {
            end = Math.Min(end, now + plan.SlidingMilliseconds);
            next = now;
        }
        if (plan.ExpiresAt != end)
            plan.ExpiresAt = end;
        HitDuty duty = plan.IsRefreshDue(now) ? HitDuty.Refresh : HitDuty.None;
        if (duty != HitDuty.None || now < plan.RefreshAt)
            next = Math.Min(next, plan.RefreshAt);
        entry.NextEvent = Math.Min(next, end);
        if (plan.SlidingMilliseconds == 0 || now - plan.LowerTiersRefreshedAt < plan.SlidingMilliseconds / TouchFraction)
            return duty;
        plan.LowerTiersRefreshedAt = now;
        return duty | HitDuty.TouchLowerTiers;
    }

    private bool IsDead(MemoryEntry entry) => tags.IsDead(MemoryKeys.UserKey(entry.Key), entry.Created, entry.Tags);

    private bool Drop(MemoryEntry entry)
    {
        Store.Remove(entry);
        return false;
    }
}
