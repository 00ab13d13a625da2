namespace HybridTiered.Simulations.Policies;

/// <summary>A list of distinct keys from oldest to newest, linked through two arrays that hold a link for every key that there can be.</summary>
internal sealed class KeyList
{
    // Its link to the next is the oldest key, its link to the previous the newest.
    private readonly int _end;
    private readonly int[] _next;
    private readonly int[] _previous;

    /// <param name="keyCount">Keys are below this.</param>
    public KeyList(int keyCount)
    {
        _end = keyCount;
        _next = new int[keyCount + 1];
        _previous = new int[keyCount + 1];
        Array.Fill(_next, -1);
        _next[_end] = _previous[_end] = _end;
    }

    public int Count { get; private set; }

    /// <summary>The key that was added first; the list must not be empty.</summary>
    public int Oldest => _next[_end];

    public bool Contains(int key) => _next[key] >= 0;

    public void Add(int key)
    {
        int newest = _previous[_end];
        _next[newest] = key;
        _previous[key] = newest;
        _next[key] = _end;
        _previous[_end] = key;
        Count++;
    }

    public void Remove(int key)
    {
        _next[_previous[key]] = _next[key];
        _previous[_next[key]] = _previous[key];
        _next[key] = -1;
        Count--;
    }

    public int RemoveOldest()
    {
        int oldest = Oldest;
        Remove(oldest);
        return oldest;
    }

    public void MoveToNewest(int key)
    {
        Remove(key);
        Add(key);
    }
}
