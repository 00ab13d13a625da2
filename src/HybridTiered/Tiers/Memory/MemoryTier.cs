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

    // The default store under its own type: a hit is then a direct call that can be inlined.
    private readonly S3FifoStore? _bounded = store as S3FifoStore;

    public IMemoryStore Store { get; } = store;

    public CoarseClock Clock { get; } = clock;

    public HitCounter Hits { get; } = new();

    /// <summary>The hit that is nothing but a lookup, a clock and an epoch. Says no to everything rarer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryHit<T>(string key, [MaybeNullWhen(false)] out T value)
    {
        if (_bounded is { } bounded ? bounded.TryGet(key, out MemoryEntry? entry) : Store.TryGet(key, out entry))
            return TryHit(entry, out value);
        value = default;
        return false;
    }

    /// <inheritdoc cref="TryHit{T}(string, out T)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryHit<T>(ReadOnlySpan<char> key, [MaybeNullWhen(false)] out T value)
    {
        if (_bounded is { } bounded ? bounded.TryGet(key, out MemoryEntry? entry) : Store.TryGet(key, out entry))
            return TryHit(entry, out value);
        value = default;
        return false;
    }

    /// <summary>Finds an entry that is alive, of whatever kind. Counts nothing.</summary>
    /// <param name="storeKey">The key in the store.</param>
    /// <param name="lowerTiersDue">Whether the lower tiers should hear that the sliding entry is in use.</param>
    public MemoryEntry? FindLive(string storeKey, out bool lowerTiersDue)
    {
        lowerTiersDue = false;
        return Store.TryGet(storeKey, out MemoryEntry? entry) && IsLive(entry, out lowerTiersDue) ? entry : null;
    }

    /// <summary>Finds an entry of the <c>IDistributedCache</c> face that is alive. Counts nothing.</summary>
    /// <param name="key">The key as the application knows it.</param>
    /// <param name="lowerTiersDue">Whether the lower tiers should hear that the sliding entry is in use.</param>
    public RawEntry? FindLiveRaw(string key, out bool lowerTiersDue)
    {
        lowerTiersDue = false;
        return MemoryKeys.TryGetRaw(Store, key, out MemoryEntry? entry) && IsLive(entry!, out lowerTiersDue) ? entry as RawEntry : null;
    }

    /// <summary>Whether an entry of the store may be served; drops it if not.</summary>
    public bool IsLive(MemoryEntry entry, out bool lowerTiersDue)
    {
        lowerTiersDue = false;
        long now = Clock.Now;
        if (now >= entry.NextEvent)
        {
            if (now >= entry.ExpiresAt)
                return Drop(entry);
            if (entry.Idle is { } idle)
                lowerTiersDue = Touch(entry, idle, now);
        }
        long epoch = tags.Epoch;
        if (entry.ValidEpoch != epoch)
        {
            if (tags.IsDead(MemoryKeys.UserKey(entry.Key), entry.Created, entry.Tags))
                return Drop(entry);
            entry.ValidEpoch = epoch;
        }
        return true;
    }

    /// <summary>Sets when an entry ends and keeps it.</summary>
    /// <param name="entry">A new entry.</param>
    /// <param name="life">Its life from now on, if it has an end.</param>
    /// <param name="sliding">Time without a read after which it ends; <see langword="null"/> for none.</param>
    /// <param name="epoch">The tag epoch in which it was found valid.</param>
    public void Put(MemoryEntry entry, TimeSpan? life, TimeSpan? sliding, long epoch)
    {
        long now = Clock.Now;
        long end = life is { } span ? Clock.After(span) : CoarseClock.Never;
        entry.ValidEpoch = epoch;
        entry.ExpiresAt = end;
        entry.NextEvent = end;
        if (sliding is not null || idleMilliseconds > 0)
        {
            long window = sliding is { } s ? Math.Max(1, (long)s.TotalMilliseconds) : 0;
            entry.Idle = new IdlePolicy(window, idleMilliseconds, end) { LowerTiersRefreshedAt = now };
            Touch(entry, entry.Idle, now);
        }
        Store.Put(entry);
    }

    /// <summary>Puts an entry in the place of another with the same content, whose life it takes over.</summary>
    public void Replace(MemoryEntry old, MemoryEntry entry)
    {
        entry.ValidEpoch = old.ValidEpoch;
        entry.ExpiresAt = old.ExpiresAt;
        entry.NextEvent = old.NextEvent;
        entry.Idle = old.Idle;
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
    private bool TryHit<T>(MemoryEntry entry, [MaybeNullWhen(false)] out T value)
    {
        if (entry.GetType() == typeof(ObjectEntry<T>) && Clock.Now < entry.NextEvent && entry.ValidEpoch == tags.Epoch)
        {
            Hits.Increment();
            value = Unsafe.As<ObjectEntry<T>>(entry).Value;
            return true;
        }
        value = default;
        return false;
    }

    // A sliding window ends exactly that long after the last read, so each read is noted (a store, and only when the clock has moved).
    // An idle window only frees memory, so it is noted seldom and lasts that much longer.
    private static bool Touch(MemoryEntry entry, IdlePolicy idle, long now)
    {
        long end = idle.AbsoluteEnd;
        long next = end;
        if (idle.IdleMilliseconds > 0)
        {
            long step = Math.Max(1, idle.IdleMilliseconds / TouchFraction);
            end = Math.Min(end, now + idle.IdleMilliseconds + step);
            next = now + step;
        }
        if (idle.SlidingMilliseconds > 0)
        {
            end = Math.Min(end, now + idle.SlidingMilliseconds);
            next = now;
        }
        if (entry.ExpiresAt != end)
            entry.ExpiresAt = end;
        entry.NextEvent = Math.Min(next, end);
        if (idle.SlidingMilliseconds == 0 || now - idle.LowerTiersRefreshedAt < idle.SlidingMilliseconds / TouchFraction)
            return false;
        idle.LowerTiersRefreshedAt = now;
        return true;
    }

    private bool Drop(MemoryEntry entry)
    {
        Store.Remove(entry);
        return false;
    }
}
