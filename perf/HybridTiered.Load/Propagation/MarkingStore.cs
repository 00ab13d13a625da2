using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Load.Propagation;

/// <summary>A store that notes when entries come and go: the moment from which the cache can no longer serve what was there.</summary>
internal sealed class MarkingStore(ChangeMarks marks) : IMemoryStore
{
    private readonly ConcurrentDictionary<string, MemoryEntry> _entries = new(StringComparer.Ordinal);

    public long Count => _entries.Count;

    public long SizeInBytes => _entries.Values.Sum(entry => entry.Size);

    public long Evictions => 0;

    public long Expirations => 0;

    public IEnumerable<MemoryEntry> Entries => _entries.Values;

    public bool TryGet(string key, [NotNullWhen(true)] out MemoryEntry? entry) => _entries.TryGetValue(key, out entry);

    public bool TryGet(ReadOnlySpan<char> key, [NotNullWhen(true)] out MemoryEntry? entry) =>
        _entries.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out entry);

    public void Put(MemoryEntry entry)
    {
        _entries[entry.Key] = entry;
        marks.NotePut(entry.Key);
    }

    public bool Remove(string key)
    {
        if (!_entries.TryRemove(key, out _))
            return false;
        marks.NoteRemoval(key);
        return true;
    }

    public bool Remove(MemoryEntry entry)
    {
        if (!_entries.TryRemove(KeyValuePair.Create(entry.Key, entry)))
            return false;
        marks.NoteRemoval(entry.Key);
        return true;
    }

    public void Clear()
    {
        foreach (MemoryEntry entry in _entries.Values)
            Remove(entry);
    }

    public void Dispose() => _entries.Clear();
}
