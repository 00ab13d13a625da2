namespace HybridTiered.Disk.Indexing;

/// <summary>
/// Where the live record of each key is. A key is known by its hash alone: a second key of the same hash takes the first one's place,
/// and readers compare the key that the record carries, so a collision costs a miss and nothing else.
/// </summary>
internal sealed class HashIndex
{
    private const int ShardBits = 6;

    private readonly IndexShard[] _shards = new IndexShard[1 << ShardBits];

    public HashIndex()
    {
        for (int i = 0; i < _shards.Length; i++)
            _shards[i] = new IndexShard(ShardBits);
    }

    public long Count => _shards.Sum(shard => (long)shard.Count);

    public long Bytes => _shards.Sum(shard => shard.Bytes);

    /// <summary>Finds a live entry and notes that it was read.</summary>
    public bool TryRead(ulong hash, long now, out IndexSlot slot)
    {
        IndexShard shard = ShardOf(hash);
        lock (shard.Lock)
        {
            Span<IndexSlot> found = shard.Find_NeedsLock(hash);
            if (found.IsEmpty || found[0].End <= now)
            {
                slot = default;
                return false;
            }
            found[0].MarkRead();
            slot = found[0];
            return true;
        }
    }

    /// <summary>Finds an entry, ended or not.</summary>
    public bool TryGet(ulong hash, out IndexSlot slot)
    {
        IndexShard shard = ShardOf(hash);
        lock (shard.Lock)
        {
            Span<IndexSlot> found = shard.Find_NeedsLock(hash);
            slot = found.IsEmpty ? default : found[0];
            return !found.IsEmpty;
        }
    }

    /// <summary>Points a hash to a record, and says to which one it pointed before.</summary>
    public bool Set(in IndexSlot slot, out IndexSlot previous)
    {
        IndexShard shard = ShardOf(slot.Hash);
        lock (shard.Lock)
            return shard.Set_NeedsLock(slot, out previous);
    }

    public bool Remove(ulong hash)
    {
        IndexShard shard = ShardOf(hash);
        lock (shard.Lock)
            return shard.Remove_NeedsLock(hash);
    }

    /// <summary>Removes a hash if it still points to this record.</summary>
    public bool RemoveAt(ulong hash, uint segment, uint place)
    {
        IndexShard shard = ShardOf(hash);
        lock (shard.Lock)
        {
            Span<IndexSlot> found = shard.Find_NeedsLock(hash);
            return !found.IsEmpty && found[0].IsAt(segment, place) && shard.Remove_NeedsLock(hash);
        }
    }

    /// <summary>Lets an entry end later if its hash still points to this record.</summary>
    /// <param name="slot">The entry as it was found.</param>
    /// <param name="end">The new end, in UTC ticks.</param>
    /// <returns>How far the end now is ahead of what is on disk, in milliseconds.</returns>
    public long Extend(in IndexSlot slot, long end)
    {
        IndexShard shard = ShardOf(slot.Hash);
        lock (shard.Lock)
        {
            Span<IndexSlot> found = shard.Find_NeedsLock(slot.Hash);
            if (found.IsEmpty || !found[0].IsAt(slot.Segment, slot.Place) || found[0].End >= end)
                return 0;
            long ahead = (end - found[0].End) / TimeSpan.TicksPerMillisecond;
            found[0].End = end;
            found[0].SetLag(found[0].Lag + ahead + 1);
            return found[0].Lag;
        }
    }

    /// <summary>Notes that an end of an entry is on disk, if its hash still points to this record.</summary>
    public void MarkRecorded(in IndexSlot slot, long end)
    {
        IndexShard shard = ShardOf(slot.Hash);
        lock (shard.Lock)
        {
            Span<IndexSlot> found = shard.Find_NeedsLock(slot.Hash);
            if (!found.IsEmpty && found[0].IsAt(slot.Segment, slot.Place))
                found[0].SetLag((found[0].End - end) / TimeSpan.TicksPerMillisecond);
        }
    }

    /// <summary>Sets the end of whatever record the hash points to.</summary>
    public void SetEnd(ulong hash, long end)
    {
        IndexShard shard = ShardOf(hash);
        lock (shard.Lock)
        {
            foreach (ref IndexSlot slot in shard.Find_NeedsLock(hash))
                slot.End = end;
        }
    }

    /// <summary>Points a hash to a copy of its record, which counts as unread, if it still points to this one.</summary>
    public void Move(in IndexSlot slot, uint segment, uint place)
    {
        IndexShard shard = ShardOf(slot.Hash);
        lock (shard.Lock)
        {
            Span<IndexSlot> found = shard.Find_NeedsLock(slot.Hash);
            if (!found.IsEmpty && found[0].IsAt(slot.Segment, slot.Place))
                found[0].MoveTo(segment, place);
        }
    }

    /// <summary>Forgets entries that have ended.</summary>
    public void RemoveEnded(long now) => RemoveWhere(now, static (at, slot) => slot.End <= at);

    /// <summary>Forgets every entry of a segment.</summary>
    public void RemoveSegment(uint segment) => RemoveWhere(segment, static (sequence, slot) => slot.Segment == sequence);

    /// <summary>The entries of a segment.</summary>
    public List<IndexSlot> ListSegment(uint segment) => List(segment, static (sequence, slot) => slot.Segment == sequence);

    /// <summary>The entries whose end on disk is behind.</summary>
    public List<IndexSlot> ListLagging() => List(0, static (_, slot) => slot.Lag > 0);

    public void Clear()
    {
        foreach (IndexShard shard in _shards)
        {
            lock (shard.Lock)
                shard.Clear_NeedsLock();
        }
    }

    private List<IndexSlot> List<TState>(TState state, Func<TState, IndexSlot, bool> condition)
    {
        var list = new List<IndexSlot>();
        foreach (IndexShard shard in _shards)
        {
            lock (shard.Lock)
                shard.CopyTo_NeedsLock(list, state, condition);
        }
        return list;
    }

    private void RemoveWhere<TState>(TState state, Func<TState, IndexSlot, bool> condition)
    {
        foreach (IndexShard shard in _shards)
        {
            lock (shard.Lock)
                shard.RemoveWhere_NeedsLock(state, condition);
        }
    }

    private IndexShard ShardOf(ulong hash) => _shards[hash >> (64 - ShardBits)];
}
