namespace HybridTiered.Chain;

/// <summary>
/// The invalidations that one tier could not carry out. Until it has, this instance does not read from it what they concern. The last one per key
/// wins; when too many wait, everything older than now counts as concerned.
/// </summary>
internal sealed class PendingInvalidations(int maximum)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _removals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _tagTimes = new(StringComparer.Ordinal);
    private long _lastTicket;
    private long _everythingBefore;
    private int _count;

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Entries that were created at or before this time are concerned, whatever their key. 0 unless too many had to wait.</summary>
    public long EverythingBefore => Volatile.Read(ref _everythingBefore);

    public bool Covers(string key)
    {
        if (Count == 0)
            return false;
        lock (_lock)
            return _removals.ContainsKey(key);
    }

    /// <summary>The removal of a key failed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="now">UTC ticks on the cluster's clock.</param>
    public void AddRemoval(string key, long now)
    {
        lock (_lock)
        {
            if (_removals.Count >= maximum && !_removals.ContainsKey(key))
            {
                _everythingBefore = now;
                _removals.Clear();
            }
            _removals[key] = ++_lastTicket;
            Recount_NeedsLock();
        }
    }

    /// <summary>The record of a tag's time could not be written. Times only grow, so the latest is enough.</summary>
    public void AddTagTime(string tag, long utcTicks)
    {
        lock (_lock)
        {
            _tagTimes[tag] = Math.Max(utcTicks, _tagTimes.GetValueOrDefault(tag));
            Recount_NeedsLock();
        }
    }

    /// <summary>The removals that wait, each with a ticket by which a later one for the same key is told apart.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Removals()
    {
        lock (_lock)
            return [.. _removals];
    }

    public IReadOnlyList<KeyValuePair<string, long>> TagTimes()
    {
        lock (_lock)
            return [.. _tagTimes];
    }

    /// <summary>A key was written or removed in the tier, so what was pending for it no longer matters.</summary>
    public void Settle(string key)
    {
        if (Count == 0)
            return;
        lock (_lock)
        {
            _removals.Remove(key);
            Recount_NeedsLock();
        }
    }

    public void RemovalDone(string key, long ticket)
    {
        lock (_lock)
        {
            if (_removals.TryGetValue(key, out long last) && last == ticket)
                _removals.Remove(key);
            Recount_NeedsLock();
        }
    }

    public void TagTimeDone(string tag, long utcTicks)
    {
        lock (_lock)
        {
            if (_tagTimes.TryGetValue(tag, out long last) && last == utcTicks)
                _tagTimes.Remove(tag);
            Recount_NeedsLock();
        }
    }

    /// <summary>Moves every time: the clock they were read from turned out to be off by that much.</summary>
    public void Shift(long ticks)
    {
        lock (_lock)
        {
            foreach (string tag in _tagTimes.Keys)
                _tagTimes[tag] += ticks;
            if (_everythingBefore != 0)
                _everythingBefore += ticks;
        }
    }

    private void Recount_NeedsLock() => Volatile.Write(ref _count, _removals.Count + _tagTimes.Count);
}
