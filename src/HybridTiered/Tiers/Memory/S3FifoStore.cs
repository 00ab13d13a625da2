using System.Diagnostics.CodeAnalysis;
using HybridTiered.Entries;

namespace HybridTiered.Tiers.Memory;

/// <summary>
/// Keeps entries within a number of bytes and a number of entries. What has to go is chosen by S3-FIFO: Yang, Zhang, Qiu, Yue, Rashmi,
/// "FIFO queues are all you need for cache eviction", SOSP 2023, https://doi.org/10.1145/3600006.3613147.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>A hit raises the entry's frequency, up to 3. Nothing is moved, and an entry that has reached 3 is not written to any more,
/// so cores that share a popular entry do not pass its cache line around.</item>
/// <item>A new entry joins the small queue, or the main queue if the ghost queue remembers its key: evicted from the small queue lately, wanted again.</item>
/// <item>Until the first eviction, new entries join the main queue as soon as the small one has its share (as in the authors' later
/// implementation in libCacheSim), so that the first eviction does not have to sort through the whole cache.</item>
/// <item>When there is no room, the small queue gives way while it holds its share of the limits or more, otherwise the main queue.</item>
/// <item>The small queue's oldest entry moves to the main queue with frequency 0 if it was hit more than once; otherwise it is evicted and
/// the ghost queue remembers its key's hash. Most entries of a scan end here without ever touching the main queue.</item>
/// <item>The main queue's oldest entry is evicted if its frequency is 0, otherwise it goes to the end of the queue with one less.</item>
/// </list>
/// Beyond the paper: the small queue's share is not a tenth, but what <see cref="QueueBalance"/> finds best for what is asked; the ghost queue remembers half
/// as many keys as there are entries, because that keeps more of the unpopular ones out of the main queue; an entry that replaces another inherits its queue and
/// its frequency, because popularity belongs to the key; and a search for the main queue's victim ends after <see cref="LongestSearch"/> entries with
/// the least popular of them, so that no writer waits for a walk over millions of popular entries.
/// <para>
/// Reads take no lock. Every write holds <see cref="_lock"/>, which guards all queues, their balance, the queue fields of the entries and
/// writes to the map: an entry stands in a queue exactly while it is in the map. Frequencies alone are written without it; an update lost
/// in a race is a hit not counted.
/// </para>
/// </remarks>
internal sealed class S3FifoStore : IMemoryStore
{
    private const byte MaximumFrequency = 3;
    private const int EntriesPerGhost = 2;
    private const int LongestSearch = 1024;

    private readonly Lock _lock = new();
    private readonly EntryMap _map;
    private readonly EntryQueue _small = new(EntryQueueId.Small);
    private readonly EntryQueue _main = new(EntryQueueId.Main);
    private readonly GhostQueue _ghosts = new();
    private readonly GhostQueue _mainGhosts = new();
    private readonly QueueBalance _balance = new();
    private readonly ExpirySweep _expiry;
    private readonly long _maximumBytes;
    private readonly long _maximumEntries;
    private long _evictions;

    /// <param name="maximumBytes">Limit of <see cref="SizeInBytes"/>, 1 or more.</param>
    /// <param name="maximumEntries">Limit of <see cref="Count"/>, 1 or more.</param>
    /// <param name="clock">The clock of the entries' expiry.</param>
    /// <param name="time">Drives the removal of expired entries.</param>
    /// <param name="sweepInterval">How often these are looked for; <see langword="null"/> for 30 s.</param>
    public S3FifoStore(long maximumBytes, long maximumEntries, CoarseClock clock, TimeProvider time, TimeSpan? sweepInterval = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumEntries);
        _map = new EntryMap(_lock);
        _maximumBytes = maximumBytes;
        _maximumEntries = maximumEntries;
        _expiry = new ExpirySweep(clock, time, sweepInterval, _map.Entries, Remove);
    }

    public long Count => _map.Count;

    public long SizeInBytes => _map.SizeInBytes;

    public long Evictions => Volatile.Read(ref _evictions);

    public long Expirations => _expiry.Removed;

    public IEnumerable<MemoryEntry> Entries => _map.Entries;

    public bool TryGet(string key, [NotNullWhen(true)] out MemoryEntry? entry)
    {
        if (!_map.TryGet(key, out entry))
            return false;
        CountHit(entry);
        return true;
    }

    public bool TryGet(ReadOnlySpan<char> key, [NotNullWhen(true)] out MemoryEntry? entry)
    {
        if (!_map.TryGet(key, out entry))
            return false;
        CountHit(entry);
        return true;
    }

    public void Put(MemoryEntry entry)
    {
        lock (_lock)
        {
            if (entry.Size > _maximumBytes)
            {
                Remove_NeedsLock(entry.Key);
                return;
            }
            EntryQueue? inherited = LeaveQueueOfPredecessor_NeedsLock(entry, out MemoryEntry? replaced);
            MakeRoom_NeedsLock(replaced is null ? 1 : 0, entry.Size - (replaced?.Size ?? 0));
            _map.Put(entry);
            (inherited ?? QueueForNewKey_NeedsLock(entry)).Append(entry);
        }
        _expiry.EnsureStarted();
    }

    public bool TryReplace(MemoryEntry old, MemoryEntry entry)
    {
        lock (_lock)
        {
            if (_map.TryGet(old.Key, out MemoryEntry? kept) && kept == old)
            {
                Put(entry);
                return true;
            }
            return false;
        }
    }

    public bool Remove(string key)
    {
        lock (_lock)
            return Remove_NeedsLock(key);
    }

    public bool Remove(MemoryEntry entry)
    {
        lock (_lock)
        {
            if (!_map.Remove(entry))
                return false;
            QueueOf(entry).Remove(entry);
            return true;
        }
    }

    public void Clear()
    {
        // One by one, each under the lock for itself, so that writers do not wait for all of it.
        foreach (MemoryEntry entry in _map.Entries)
            Remove(entry);
        lock (_lock)
        {
            _ghosts.Clear();
            _mainGhosts.Clear();
        }
    }

    public void Dispose()
    {
        _expiry.Dispose();
        Clear();
    }

    private static void CountHit(MemoryEntry entry)
    {
        if (entry.Frequency < MaximumFrequency)
            entry.Frequency++;
    }

    private EntryQueue QueueOf(MemoryEntry entry) => entry.Queue == EntryQueueId.Main ? _main : _small;

    private bool Remove_NeedsLock(string key)
    {
        if (!_map.Remove(key, out MemoryEntry? removed))
            return false;
        QueueOf(removed).Remove(removed);
        return true;
    }

    /// <summary>Takes the entry that will be replaced out of its queue, but not out of the map: readers must not see a gap.</summary>
    /// <returns>The queue, which the successor is to join; <see langword="null"/> for a new key.</returns>
    private EntryQueue? LeaveQueueOfPredecessor_NeedsLock(MemoryEntry successor, out MemoryEntry? replaced)
    {
        if (!_map.TryGet(successor.Key, out replaced))
            return null;
        EntryQueue queue = QueueOf(replaced);
        queue.Remove(replaced);
        successor.Frequency = replaced.Frequency;
        return queue;
    }

    private EntryQueue QueueForNewKey_NeedsLock(MemoryEntry entry)
    {
        bool startsInMain = _evictions == 0 ? SmallHasItsShare_NeedsLock() : ComesBack_NeedsLock(entry);
        return startsInMain ? _main : _small;
    }

    private bool ComesBack_NeedsLock(MemoryEntry entry)
    {
        if (_ghosts.Forget(entry.KeyHash, out long age))
        {
            if (age < QueueBalance.Horizon(_map.Count))
                _balance.GrowSmall(_map.Count);
            return true;
        }
        if (_mainGhosts.Forget(entry.KeyHash, out _))
            _balance.GrowMain(_map.Count);
        return false;
    }

    private void MakeRoom_NeedsLock(long entries, long bytes)
    {
        while (_map.Count + entries > _maximumEntries || _map.SizeInBytes + bytes > _maximumBytes)
        {
            if (_main.Count == 0 || SmallHasItsShare_NeedsLock())
                EvictFromSmall_NeedsLock();
            else
                EvictFromMain_NeedsLock();
        }
    }

    private bool SmallHasItsShare_NeedsLock() =>
        _small.Count > 0 && (_small.Count >= _maximumEntries * _balance.SmallShare || _small.SizeInBytes >= _maximumBytes * _balance.SmallShare);

    private void EvictFromSmall_NeedsLock()
    {
        while (_small.Oldest is { } oldest)
        {
            if (oldest.Frequency <= 1)
            {
                _ghosts.Remember(oldest.KeyHash, _map.Count / EntriesPerGhost);
                Evict_NeedsLock(oldest);
                return;
            }
            _small.Remove(oldest);
            oldest.Frequency = 0;
            _main.Append(oldest);
        }
    }

    private void EvictFromMain_NeedsLock()
    {
        MemoryEntry victim = _main.Oldest!;
        for (int searched = 0; searched < LongestSearch && _main.Oldest is { Frequency: > 0 } oldest; searched++)
        {
            oldest.Frequency--;
            _main.Remove(oldest);
            _main.Append(oldest);
            if (oldest.Frequency < victim.Frequency)
                victim = oldest;
        }
        if (_main.Oldest is { Frequency: 0 } unpopular)
            victim = unpopular;
        _mainGhosts.Remember(victim.KeyHash, QueueBalance.Horizon(_map.Count));
        Evict_NeedsLock(victim);
    }

    private void Evict_NeedsLock(MemoryEntry entry)
    {
        QueueOf(entry).Remove(entry);
        _map.Remove(entry);
        Volatile.Write(ref _evictions, _evictions + 1);
    }
}
