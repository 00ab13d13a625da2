namespace HybridTiered.Tiers.Memory;

/// <summary>
/// A first-in-first-out queue linked through its entries, so that standing in it costs no allocation. Linked both ways, because an entry
/// that was replaced or removed must leave at once: a dead one would hold on to its value. Not thread-safe; its owner's lock guards it.
/// </summary>
internal sealed class EntryQueue(EntryQueueId id)
{
    private MemoryEntry? _newest;

    public MemoryEntry? Oldest { get; private set; }

    public long Count { get; private set; }

    public long SizeInBytes { get; private set; }

    public void Append(MemoryEntry entry)
    {
        entry.Queue = id;
        entry.QueuePrevious = _newest;
        if (_newest is null)
            Oldest = entry;
        else
            _newest.QueueNext = entry;
        _newest = entry;
        Count++;
        SizeInBytes += entry.Size;
    }

    public void Remove(MemoryEntry entry)
    {
        if (entry.QueuePrevious is { } previous)
            previous.QueueNext = entry.QueueNext;
        else
            Oldest = entry.QueueNext;
        if (entry.QueueNext is { } next)
            next.QueuePrevious = entry.QueuePrevious;
        else
            _newest = entry.QueuePrevious;
        // A caller may hold a removed entry for long; it must not keep its former neighbours alive.
        entry.QueuePrevious = entry.QueueNext = null;
        entry.Queue = EntryQueueId.None;
        Count--;
        SizeInBytes -= entry.Size;
    }
}
