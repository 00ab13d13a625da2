namespace HybridTiered.Disk.Indexing;

/// <summary>
/// One lock's worth of the index: an open-addressing table with linear probing whose runs are kept in the order of their hashes
/// (Amble and Knuth, "Ordered hash tables", 1974), so that a lookup of what is missing ends as early as one of what is there.
/// A slot's home is its hash scaled to the capacity, which keeps the order across homes too, lets the capacity be any number, and makes
/// growing a copy from front to back.
/// </summary>
/// <remarks>
/// The table grows by a fifth when it is 85 % full and shrinks when it is 69 % full, so apart from the smallest tables a record costs 32 to 47 bytes.
/// Runs do not wrap around: behind the last home there are spare slots, the last of which stays empty and ends every search.
/// </remarks>
internal sealed class IndexShard
{
    private const int SmallestCapacity = 16;
    private const double GrowAt = 0.85;
    private const double GrowBy = 1.2;
    private const double ShrinkAt = 0.69;
    private const double ShrinkTo = 0.77;
    private const double RoomToShrink = 0.975;

    private readonly int _ignoredBits;
    private IndexSlot[] _slots;
    private int _capacity;

    // Never close to the present count, so that a table kept wide by crowded hashes is not copied again and again.
    private int _sparseBelow;

    /// <param name="ignoredBits">How many leading bits of the hash are the same for all keys of this shard.</param>
    public IndexShard(int ignoredBits)
    {
        _ignoredBits = ignoredBits;
        _capacity = SmallestCapacity;
        _slots = NewTable(SmallestCapacity);
    }

    public Lock Lock { get; } = new();

    public int Count { get; private set; }

    public long Bytes => (long)_slots.Length * IndexSlot.Size;

    /// <summary>The slot of a hash, or an empty span. Valid while the lock is held and nothing is added or removed.</summary>
    public Span<IndexSlot> Find_NeedsLock(ulong hash)
    {
        int at = Seek(hash);
        return _slots.AsSpan(at, IsOf(hash, at) ? 1 : 0);
    }

    public bool Set_NeedsLock(in IndexSlot slot, out IndexSlot previous)
    {
        int at = Seek(slot.Hash);
        if (IsOf(slot.Hash, at))
        {
            previous = _slots[at];
            _slots[at] = slot;
            return true;
        }
        previous = default;
        if (Count + 1 > _capacity * GrowAt)
            Grow();
        while (!TryInsert(slot))
            Grow();
        Count++;
        return false;
    }

    public bool Remove_NeedsLock(ulong hash)
    {
        int at = Seek(hash);
        if (!IsOf(hash, at))
            return false;
        RemoveAt(at);
        ShrinkIfSparse();
        return true;
    }

    public void RemoveWhere_NeedsLock<TState>(TState state, Func<TState, IndexSlot, bool> condition)
    {
        for (int i = _slots.Length - 1; i >= 0; i--)
        {
            if (!_slots[i].IsEmpty && condition(state, _slots[i]))
                RemoveAt(i);
        }
        ShrinkIfSparse();
    }

    public void CopyTo_NeedsLock<TState>(List<IndexSlot> destination, TState state, Func<TState, IndexSlot, bool> condition)
    {
        foreach (ref readonly IndexSlot slot in _slots.AsSpan())
        {
            if (!slot.IsEmpty && condition(state, slot))
                destination.Add(slot);
        }
    }

    public void Clear_NeedsLock()
    {
        Count = 0;
        _sparseBelow = 0;
        _capacity = SmallestCapacity;
        _slots = NewTable(SmallestCapacity);
    }

    private static IndexSlot[] NewTable(int capacity) => new IndexSlot[capacity + (capacity / 64) + 16];

    private bool IsOf(ulong hash, int at) => !_slots[at].IsEmpty && _slots[at].Hash == hash;

    private int Home(ulong hash) => (int)Math.BigMul(hash << _ignoredBits, (ulong)_capacity, out _);

    /// <summary>The slot of the hash or, if it is not there, the slot before which it belongs.</summary>
    private int Seek(ulong hash)
    {
        int at = Home(hash);
        while (!_slots[at].IsEmpty && _slots[at].Hash < hash)
            at++;
        return at;
    }

    private bool TryInsert(in IndexSlot slot)
    {
        int at = Seek(slot.Hash);
        int empty = at;
        while (!_slots[empty].IsEmpty)
            empty++;
        if (empty == _slots.Length - 1)
            return false;
        _slots.AsSpan(at, empty - at).CopyTo(_slots.AsSpan(at + 1));
        _slots[at] = slot;
        return true;
    }

    private void RemoveAt(int at)
    {
        int end = at + 1;
        while (!_slots[end].IsEmpty && Home(_slots[end].Hash) < end)
            end++;
        _slots.AsSpan(at + 1, end - at - 1).CopyTo(_slots.AsSpan(at));
        _slots[end - 1] = default;
        Count--;
    }

    private void Grow() => Resize(LargerThan(_capacity));

    private void ShrinkIfSparse()
    {
        if (Count < _sparseBelow && _capacity > 8 * SmallestCapacity)
            Resize(Math.Max(SmallestCapacity, (int)(Count / ShrinkTo)));
    }

    private void Resize(int capacity)
    {
        _capacity = capacity;
        IndexSlot[] resized = NewTable(capacity);
        while (!TryCopyTo(resized))
        {
            _capacity = LargerThan(_capacity);
            resized = NewTable(_capacity);
        }
        _slots = resized;
        _sparseBelow = (int)Math.Min(_capacity * ShrinkAt, Count * RoomToShrink);
    }

    private static int LargerThan(int capacity) => Math.Max((int)(capacity * GrowBy), capacity + SmallestCapacity);

    /// <summary>Fails where so many hashes crowd the end of the range that the spare slots do not hold them.</summary>
    private bool TryCopyTo(IndexSlot[] resized)
    {
        int next = 0;
        foreach (ref readonly IndexSlot slot in _slots.AsSpan())
        {
            if (slot.IsEmpty)
                continue;
            int at = Math.Max(next, Home(slot.Hash));
            if (at >= resized.Length - 1)
                return false;
            resized[at] = slot;
            next = at + 1;
        }
        return true;
    }
}
