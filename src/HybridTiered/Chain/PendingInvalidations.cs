using HybridTiered.Entries;

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
    private readonly Dictionary<string, GlobPattern> _failedSweeps = new(StringComparer.Ordinal);
    private long _lastTicket;
    private long _everythingBefore;
    private bool _overflowed;
    private int _runningSweeps;
    private int _removalCount;

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _removals.Count + _tagTimes.Count + _failedSweeps.Count;
        }
    }

    /// <summary>Whether the removal of some key waits.</summary>
    public bool HasRemovals => Volatile.Read(ref _removalCount) > 0;

    /// <summary>Whether entries may still be there that a pattern killed.</summary>
    public bool HasSweeps
    {
        get
        {
            lock (_lock)
                return _runningSweeps > 0 || _failedSweeps.Count > 0;
        }
    }

    /// <summary>Entries that were created at or before this time are concerned, whatever their key. 0 unless too many had to wait.</summary>
    public long EverythingBefore => Volatile.Read(ref _everythingBefore);

    public bool Covers(string key)
    {
        if (!HasRemovals)
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
                _removals.Clear();
                _everythingBefore = Math.Max(now, _everythingBefore);
                _overflowed = true;
            }
            _removals[key] = ++_lastTicket;
            Recount_NeedsLock();
        }
    }

    /// <summary>Takes note, once, that removals were given up in favour of <see cref="EverythingBefore"/>, which the others have to hear of.</summary>
    public bool TakeOverflow()
    {
        lock (_lock)
        {
            bool overflowed = _overflowed;
            _overflowed = false;
            return overflowed;
        }
    }

    /// <summary>The record of a tag's time could not be written. Times only grow, so the latest is enough.</summary>
    public void AddTagTime(string tag, long utcTicks)
    {
        lock (_lock)
            _tagTimes[tag] = Math.Max(utcTicks, _tagTimes.GetValueOrDefault(tag));
    }

    /// <summary>Entries that match a pattern are about to be removed.</summary>
    public void BeginSweep()
    {
        lock (_lock)
            _runningSweeps++;
    }

    /// <summary>A sweep ended.</summary>
    /// <param name="pattern">What it removed.</param>
    /// <param name="failed">Whether it has to be made again.</param>
    public void EndSweep(GlobPattern pattern, bool failed)
    {
        lock (_lock)
        {
            _runningSweeps--;
            if (failed)
                _failedSweeps[pattern.Text] = pattern;
        }
    }

    /// <summary>The sweeps that have to be made again, each of which the caller begins.</summary>
    public IReadOnlyList<GlobPattern> TakeFailedSweeps()
    {
        lock (_lock)
        {
            GlobPattern[] failed = [.. _failedSweeps.Values];
            _failedSweeps.Clear();
            return failed;
        }
    }

    /// <summary>Everything that was there at a time is gone.</summary>
    public void EverythingRemoved(long asOf)
    {
        lock (_lock)
        {
            if (_everythingBefore <= asOf)
                _everythingBefore = 0;
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
        if (!HasRemovals)
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

    private void Recount_NeedsLock() => Volatile.Write(ref _removalCount, _removals.Count);
}
