using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace HybridTiered.Tiers.Memory;

/// <summary>
/// Entries by key, with their number and the sum of their sizes. Thread-safe without a lock of its own: whoever adds, replaces or removes
/// an entry does so in one step of the dictionary and alone adjusts the totals, so these are exact whenever no write is under way.
/// </summary>
internal sealed class EntryMap
{
    private readonly ConcurrentDictionary<string, MemoryEntry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MemoryEntry>.AlternateLookup<ReadOnlySpan<char>> _entriesBySpan;
    private long _count;
    private long _sizeInBytes;

    public EntryMap() => _entriesBySpan = _entries.GetAlternateLookup<ReadOnlySpan<char>>();

    public long Count => Volatile.Read(ref _count);

    public long SizeInBytes => Volatile.Read(ref _sizeInBytes);

    /// <summary>Every entry that is there throughout the walk, and perhaps some that come or go meanwhile.</summary>
    public IEnumerable<MemoryEntry> Entries
    {
        get
        {
            foreach (KeyValuePair<string, MemoryEntry> pair in _entries)
                yield return pair.Value;
        }
    }

    public bool TryGet(string key, [NotNullWhen(true)] out MemoryEntry? entry) => _entries.TryGetValue(key, out entry);

    public bool TryGet(ReadOnlySpan<char> key, [NotNullWhen(true)] out MemoryEntry? entry) => _entriesBySpan.TryGetValue(key, out entry);

    /// <summary>Keeps an entry in place of any other with its key; readers see the one or the other, never none.</summary>
    /// <returns>The other.</returns>
    public MemoryEntry? Put(MemoryEntry entry)
    {
        while (true)
        {
            if (_entries.TryGetValue(entry.Key, out MemoryEntry? replaced))
            {
                if (_entries.TryUpdate(entry.Key, entry, replaced))
                {
                    Interlocked.Add(ref _sizeInBytes, entry.Size - replaced.Size);
                    return replaced;
                }
            }
            else if (_entries.TryAdd(entry.Key, entry))
            {
                Interlocked.Increment(ref _count);
                Interlocked.Add(ref _sizeInBytes, entry.Size);
                return null;
            }
        }
    }

    /// <summary>Keeps an entry in place of another with its key, unless that one has left.</summary>
    public bool TryReplace(MemoryEntry old, MemoryEntry entry)
    {
        if (!_entries.TryUpdate(entry.Key, entry, old))
            return false;
        Interlocked.Add(ref _sizeInBytes, entry.Size - old.Size);
        return true;
    }

    public bool Remove(string key, [NotNullWhen(true)] out MemoryEntry? removed)
    {
        if (!_entries.TryRemove(key, out removed))
            return false;
        Subtract(removed);
        return true;
    }

    /// <summary>Removes an entry unless another has taken its place.</summary>
    public bool Remove(MemoryEntry entry)
    {
        if (!_entries.TryRemove(KeyValuePair.Create(entry.Key, entry)))
            return false;
        Subtract(entry);
        return true;
    }

    private void Subtract(MemoryEntry removed)
    {
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _sizeInBytes, -removed.Size);
    }
}
