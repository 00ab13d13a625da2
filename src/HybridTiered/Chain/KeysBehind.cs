namespace HybridTiered.Chain;

/// <summary>The keys of which a tier does not have the newest value yet, because it is written behind the call that set it.</summary>
internal sealed class KeysBehind
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _writes = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Whether there are any.</summary>
    public bool Any => Volatile.Read(ref _count) > 0;

    public bool Covers(string key)
    {
        if (!Any)
            return false;
        lock (_lock)
            return _writes.ContainsKey(key);
    }

    public void Add(string key)
    {
        lock (_lock)
        {
            _writes[key] = _writes.GetValueOrDefault(key) + 1;
            Volatile.Write(ref _count, _writes.Count);
        }
    }

    public void Remove(string key)
    {
        lock (_lock)
        {
            int left = _writes[key] - 1;
            if (left == 0)
                _writes.Remove(key);
            else
                _writes[key] = left;
            Volatile.Write(ref _count, _writes.Count);
        }
    }
}
