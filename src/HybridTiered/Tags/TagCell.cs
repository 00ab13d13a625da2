namespace HybridTiered.Tags;

/// <summary>
/// One tag and the time it was last invalidated. Every entry in L1 that carries the tag points to the same cell,
/// so an invalidation is one write whatever the number of entries.
/// </summary>
internal sealed class TagCell(string tag)
{
    private long _invalidatedAt;
    private long _loadedGeneration = -1;

    public string Tag { get; } = tag;

    /// <summary>UTC ticks on the cluster's clock; entries created at or before are dead. 0 while it was never invalidated as far as is known.</summary>
    public long InvalidatedAt => Volatile.Read(ref _invalidatedAt);

    /// <summary>The generation in which the stored record of this tag was last read; -1 before the first time.</summary>
    public long LoadedGeneration
    {
        get => Volatile.Read(ref _loadedGeneration);
        set => Volatile.Write(ref _loadedGeneration, value);
    }

    /// <summary>Moves the time forward; an earlier time changes nothing.</summary>
    /// <returns>Whether it moved.</returns>
    public bool Raise(long utcTicks)
    {
        for (long seen = InvalidatedAt; seen < utcTicks;)
        {
            long before = Interlocked.CompareExchange(ref _invalidatedAt, utcTicks, seen);
            if (before == seen)
                return true;
            seen = before;
        }
        return false;
    }

    /// <summary>Moves a known time, forward or back: the clock it was taken from turned out to be off by that much.</summary>
    public void Shift(long ticks)
    {
        if (InvalidatedAt != 0)
            Interlocked.Add(ref _invalidatedAt, ticks);
    }

    /// <summary>Moves the time back to a moment that it may not lie after; an earlier time stays.</summary>
    public void Cap(long utcTicks)
    {
        for (long seen = InvalidatedAt; seen > utcTicks;)
        {
            long before = Interlocked.CompareExchange(ref _invalidatedAt, utcTicks, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
