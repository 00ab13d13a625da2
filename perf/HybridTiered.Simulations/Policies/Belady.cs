namespace HybridTiered.Simulations.Policies;

/// <summary>
/// The optimum, which knows the future: evicts the key that is asked for again last of all (Belady, "A study of replacement algorithms for a
/// virtual-storage computer", IBM Systems Journal 5 (2), 1966). No policy that keeps every key it is asked for hits more often.
/// </summary>
internal sealed class Belady : IPolicy
{
    private readonly int _capacity;
    private readonly int[] _nextUses;
    private readonly int[] _nextUseOfKept;
    private readonly PriorityQueue<int, int> _latestFirst = new(Comparer<int>.Create(static (a, b) => b.CompareTo(a)));
    private int _position;
    private int _count;

    /// <param name="capacity">How many keys are kept.</param>
    /// <param name="keyCount">Keys are below this.</param>
    /// <param name="trace">What will be asked for, in this order.</param>
    public Belady(int capacity, int keyCount, int[] trace)
    {
        _capacity = capacity;
        _nextUseOfKept = new int[keyCount];
        Array.Fill(_nextUseOfKept, -1);
        _nextUses = new int[trace.Length];
        var next = new int[keyCount];
        Array.Fill(next, int.MaxValue);
        for (int i = trace.Length - 1; i >= 0; i--)
        {
            _nextUses[i] = next[trace[i]];
            next[trace[i]] = i;
        }
    }

    public bool Access(int key)
    {
        int nextUse = _nextUses[_position++];
        bool hit = _nextUseOfKept[key] >= 0;
        if (!hit && _count++ == _capacity)
        {
            Evict();
            _count--;
        }
        _nextUseOfKept[key] = nextUse;
        _latestFirst.Enqueue(key, nextUse);
        return hit;
    }

    // Places in the queue that a later use has replaced are passed over.
    private void Evict()
    {
        while (_latestFirst.TryDequeue(out int key, out int nextUse))
        {
            if (_nextUseOfKept[key] == nextUse)
            {
                _nextUseOfKept[key] = -1;
                return;
            }
        }
    }
}
