using System.Diagnostics.CodeAnalysis;
using HybridTiered.Entries;
using HybridTiered.Tiers.Memory;
using Microsoft.Extensions.Caching.Memory;

namespace HybridTiered.Tiers.Adapters;

/// <summary>
/// Keeps L1 in the application's own <see cref="IMemoryCache"/>, under that cache's size limit and eviction. The cache belongs to
/// the application and is not disposed here.
/// </summary>
/// <remarks>
/// An entry is its own key in that cache; an index beside it finds the entry for a key. So entries cannot collide with the application's keys or with
/// those of another store, a removal hits that instance or nothing, and a lookup allocates nothing, by span neither.
/// <para>
/// No lock of its own: the index decides what is kept. An entry enters the cache before the index and leaves the index before the cache; whoever takes it
/// out of the index counts it. What the cache drops by itself leaves the index when its callback arrives, usually on another thread; until
/// then it still counts, but is not found.
/// </para>
/// </remarks>
internal sealed class MemoryCacheStore : IMemoryStore
{
    // In milliseconds, 100 years: the cache adds it to a date, which must not leave the calendar.
    private const long LongestExpiration = 36525L * 24 * 3600 * 1000;

    private readonly IMemoryCache _cache;
    private readonly CoarseClock _clock;
    private readonly EntryMap _index = new(new Lock());
    private readonly ExpirySweep _expiry;
    private readonly PostEvictionDelegate _onEvicted;
    private long _evictions;
    private long _expirations;
    private volatile bool _disposed;

    /// <param name="cache">The application's cache.</param>
    /// <param name="clock">The clock of the entries' expiry.</param>
    /// <param name="time">Drives the removal of expired entries.</param>
    /// <param name="sweepInterval">How often these are looked for; <see langword="null"/> for 30 s.</param>
    public MemoryCacheStore(IMemoryCache cache, CoarseClock clock, TimeProvider time, TimeSpan? sweepInterval = null)
    {
        _cache = cache;
        _clock = clock;
        _onEvicted = OnEvicted;
        _expiry = new ExpirySweep(clock, time, sweepInterval, _index.Entries, Remove);
    }

    public long Count => _index.Count;

    public long SizeInBytes => _index.SizeInBytes;

    public long Evictions => Volatile.Read(ref _evictions);

    public long Expirations => Volatile.Read(ref _expirations) + _expiry.Removed;

    public IEnumerable<MemoryEntry> Entries => _index.Entries;

    public bool TryGet(string key, [NotNullWhen(true)] out MemoryEntry? entry)
    {
        _index.TryGet(key, out MemoryEntry? indexed);
        return IsInCache(indexed, out entry);
    }

    public bool TryGet(ReadOnlySpan<char> key, [NotNullWhen(true)] out MemoryEntry? entry)
    {
        _index.TryGet(key, out MemoryEntry? indexed);
        return IsInCache(indexed, out entry);
    }

    public void Put(MemoryEntry entry)
    {
        // First, because a cache that is full would refuse the new entry while it still holds the old one. Readers may see the gap.
        // Out of the index before the cache reports it from another thread, so that the totals are exact when this returns.
        if (_index.Remove(entry.Key, out MemoryEntry? old))
            RemoveFromCache(old);
        AddToCache(entry);
        if (_index.Put(entry) is { } replaced)
            RemoveFromCache(replaced);
        // The cache may have refused the entry, or dropped it before the index had it: then its callback found nothing to do.
        if (!_cache.TryGetValue(entry, out _) && _index.Remove(entry))
            Interlocked.Increment(ref _evictions);
        // After the index was written, so that either this or the removal in Dispose sees the other.
        if (_disposed)
            Remove(entry);
        else
            _expiry.EnsureStarted();
    }

    public bool Remove(string key)
    {
        if (!_index.Remove(key, out MemoryEntry? removed))
            return false;
        RemoveFromCache(removed);
        return true;
    }

    public bool Remove(MemoryEntry entry)
    {
        if (!_index.Remove(entry))
            return false;
        RemoveFromCache(entry);
        return true;
    }

    public void Clear()
    {
        foreach (MemoryEntry entry in _index.Entries)
            Remove(entry);
    }

    /// <summary>Takes the own entries out of the application's cache. What is put afterwards is not kept.</summary>
    public void Dispose()
    {
        _disposed = true;
        // A volatile write alone may be overtaken by the reads of the walk.
        Interlocked.MemoryBarrier();
        _expiry.Dispose();
        Clear();
    }

    // Also tells the cache that the entry is in use.
    private bool IsInCache(MemoryEntry? indexed, [NotNullWhen(true)] out MemoryEntry? entry)
    {
        entry = indexed is not null && _cache.TryGetValue(indexed, out _) ? indexed : null;
        return entry is not null;
    }

    private void AddToCache(MemoryEntry entry)
    {
        using ICacheEntry cacheEntry = _cache.CreateEntry(entry);
        cacheEntry.Value = entry;
        cacheEntry.Size = entry.Size;
        cacheEntry.PostEvictionCallbacks.Add(new PostEvictionCallbackRegistration { EvictionCallback = _onEvicted });
        // A safety net for what the sweep does not reach. A sliding entry's expiry moves, its end does not.
        long end = entry.Plan is { SlidingMilliseconds: > 0 } plan ? Math.Max(plan.AbsoluteEnd, plan.KeptUntil) : entry.KeptUntil;
        long left = Math.Max(1, end - _clock.Now);
        if (left < LongestExpiration)
            cacheEntry.AbsoluteExpirationRelativeToNow = TimeSpan.FromMilliseconds(left);
    }

    private void RemoveFromCache(MemoryEntry entry)
    {
        try
        {
            _cache.Remove(entry);
        }
        catch (ObjectDisposedException)
        {
            // The application disposed its cache first, which let go of everything; and a sweep on its timer has nobody to tell.
        }
    }

    private void OnEvicted(object key, object? value, EvictionReason reason, object? state)
    {
        if (!_index.Remove((MemoryEntry)key))
            return;
        if (reason == EvictionReason.Capacity)
            Interlocked.Increment(ref _evictions);
        else if (reason is EvictionReason.Expired or EvictionReason.TokenExpired)
            Interlocked.Increment(ref _expirations);
    }
}
