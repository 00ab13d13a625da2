using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace HybridTiered.Tiers.Memory;

/// <summary>
/// Entries by key, with their number and the sum of their sizes: a hash table whose chains run through the entries themselves, so that an entry needs no node
/// beside it and a lookup no step from a node to its entry. Thread-safe: lookups take no lock, everything that changes the table takes one.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>A new entry becomes the head of its chain, a replacement takes the place of its predecessor, and an entry that has left keeps its own link: whoever stands on it
/// finds his way to the rest. So a lookup that runs beside these changes misses no entry that was there when it began.</item>
/// <item>The table grows without rehashing its entries at one go. A table of twice the size begins with both halves holding the same heads, so every lookup works at once; each new
/// entry then divides some of the chains that two buckets share, and every change divides the one that it is about first. All are divided before the next growth.</item>
/// <item>To divide a chain is the one change that can lead a lookup astray. It may then fail to find, never find wrongly, so only a lookup that found nothing has
/// to look whether a chain was divided meanwhile (a sequence lock: Lameter, "Effective Synchronization on Linux/NUMA Systems", 2005), and then looks again under the lock.</item>
/// </list>
/// </remarks>
/// <param name="writes">The lock that all changes take; a store that has one for its own books gives that.</param>
internal sealed class EntryMap(Lock writes)
{
    private const int SmallestTable = 16;

    // At least, of which a lookup needs fewer steps than with one: a second entry on its way is a cache line more, and a branch that no processor predicts.
    private const int BucketsPerEntry = 2;

    // With four per new entry, all chains are divided when an eighth as many entries have come as the table has buckets: half as many as come before it grows again.
    private const int DivisionsPerEntry = 4;

    // How many buckets a walk over the entries copies at a time.
    private const int BucketsPerStep = 64;

    private Bucket[] _buckets = new Bucket[SmallestTable];

    // Odd while a chain is being divided.
    private int _divisions;

    // The first pair of buckets that may still share a chain.
    private int _undivided = SmallestTable / 2;
    private long _count;
    private long _sizeInBytes;

    public long Count => Volatile.Read(ref _count);

    public long SizeInBytes => Volatile.Read(ref _sizeInBytes);

    /// <summary>Every entry that is there throughout the walk, and perhaps some that come or go meanwhile. The lock is taken for a few buckets at a time.</summary>
    public IEnumerable<MemoryEntry> Entries
    {
        get
        {
            // Buckets of a table that grows during the walk are those of the first table, each several times over.
            int length = Volatile.Read(ref _buckets).Length;
            var step = new List<MemoryEntry>();
            for (int first = 0; first < length; first += BucketsPerStep)
            {
                step.Clear();
                CopyBuckets(first, Math.Min(first + BucketsPerStep, length), length, step);
                foreach (MemoryEntry entry in step)
                    yield return entry;
            }
        }
    }

    public bool TryGet(string key, [NotNullWhen(true)] out MemoryEntry? entry) => TryGet(key.AsSpan(), out entry);

    public bool TryGet(ReadOnlySpan<char> key, [NotNullWhen(true)] out MemoryEntry? entry) =>
        MemoryKeys.IsRaw(key) ? TryGetRaw(MemoryKeys.UserKey(key), out entry) : Find(key, isRaw: false, out entry);

    /// <summary>Finds an entry of the <c>IDistributedCache</c> face without a string for its key in the store.</summary>
    public bool TryGetRaw(ReadOnlySpan<char> userKey, [NotNullWhen(true)] out MemoryEntry? entry) => Find(userKey, isRaw: true, out entry);

    /// <summary>Keeps an entry in place of any other with its key; readers see the one or the other, never none.</summary>
    /// <returns>The other.</returns>
    public MemoryEntry? Put(MemoryEntry entry)
    {
        lock (writes)
        {
            ref MemoryEntry? link = ref LinkTo_NeedsLock(entry.Key, entry.KeyHash);
            if (link is { } replaced)
            {
                Replace_NeedsLock(ref link, replaced, entry);
                return replaced;
            }
            ref MemoryEntry? head = ref _buckets[IndexOf(entry.KeyHash, _buckets)].Head;
            entry.MapNext = head;
            Volatile.Write(ref head, entry);
            Add_NeedsLock(1, entry.Size);
            Grow_NeedsLock();
            return null;
        }
    }

    /// <summary>Keeps an entry in place of another with its key, unless that one has left.</summary>
    public bool TryReplace(MemoryEntry old, MemoryEntry entry)
    {
        lock (writes)
        {
            ref MemoryEntry? link = ref LinkTo_NeedsLock(old.Key, old.KeyHash);
            if (link != old)
                return false;
            Replace_NeedsLock(ref link, old, entry);
            return true;
        }
    }

    public bool Remove(string key, [NotNullWhen(true)] out MemoryEntry? removed)
    {
        lock (writes)
        {
            ref MemoryEntry? link = ref LinkTo_NeedsLock(key, KeyHash.OfStoreKey(key));
            removed = link;
            if (removed is null)
                return false;
            Remove_NeedsLock(ref link, removed);
            return true;
        }
    }

    /// <summary>Removes an entry unless another has taken its place.</summary>
    public bool Remove(MemoryEntry entry)
    {
        lock (writes)
        {
            ref MemoryEntry? link = ref LinkTo_NeedsLock(entry.Key, entry.KeyHash);
            if (link != entry)
                return false;
            Remove_NeedsLock(ref link!, entry);
            return true;
        }
    }

    internal void BeginDivision_NeedsLock() => Interlocked.Increment(ref _divisions);

    internal void EndDivision_NeedsLock() => Interlocked.Increment(ref _divisions);

    private static int IndexOf(int hash, Bucket[] buckets) => hash & (buckets.Length - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MemoryEntry? HeadFor(int hash)
    {
        Bucket[] buckets = Volatile.Read(ref _buckets);
        return Volatile.Read(ref buckets[IndexOf(hash, buckets)].Head);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Find(ReadOnlySpan<char> userKey, bool isRaw, [NotNullWhen(true)] out MemoryEntry? entry)
    {
        int hash = KeyHash.Of(userKey);
        entry = Walk(userKey, isRaw, hash) ?? FindAgain(userKey, isRaw, hash);
        return entry is not null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private MemoryEntry? Walk(ReadOnlySpan<char> userKey, bool isRaw, int hash)
    {
        MemoryEntry? entry = HeadFor(hash);
        while (entry is not null && (entry.KeyHash != hash || !MemoryKeys.Are(entry.Key, userKey, isRaw)))
            entry = Volatile.Read(ref entry.MapNext);
        return entry;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private MemoryEntry? FindAgain(ReadOnlySpan<char> userKey, bool isRaw, int hash)
    {
        int before = Volatile.Read(ref _divisions);
        MemoryEntry? entry = Walk(userKey, isRaw, hash);
        Volatile.ReadBarrier();
        if (entry is not null || (before % 2 == 0 && Volatile.Read(ref _divisions) == before))
            return entry;
        lock (writes)
            return Walk(userKey, isRaw, hash);
    }

    /// <summary>The link that leads to an entry, or the one at the end of its chain if there is none. The chain is no other bucket's.</summary>
    private ref MemoryEntry? LinkTo_NeedsLock(ReadOnlySpan<char> key, int hash)
    {
        int half = _buckets.Length / 2;
        Divide_NeedsLock(hash & (half - 1), half);
        ref MemoryEntry? link = ref _buckets[IndexOf(hash, _buckets)].Head;
        while (link is { } entry && (entry.KeyHash != hash || !key.SequenceEqual(entry.Key)))
            link = ref entry.MapNext;
        return ref link;
    }

    private void Replace_NeedsLock(ref MemoryEntry? link, MemoryEntry old, MemoryEntry entry)
    {
        entry.MapNext = old.MapNext;
        Volatile.Write(ref link, entry);
        Add_NeedsLock(0, entry.Size - old.Size);
    }

    private void Remove_NeedsLock(ref MemoryEntry? link, MemoryEntry entry)
    {
        Volatile.Write(ref link, entry.MapNext);
        Add_NeedsLock(-1, -entry.Size);
    }

    private void Add_NeedsLock(int entries, long bytes)
    {
        Volatile.Write(ref _count, _count + entries);
        Volatile.Write(ref _sizeInBytes, _sizeInBytes + bytes);
    }

    private void Grow_NeedsLock()
    {
        int half = _buckets.Length / 2;
        for (int i = 0; i < DivisionsPerEntry && _undivided < half; i++)
            Divide_NeedsLock(_undivided++, half);
        if (_count <= _buckets.Length / BucketsPerEntry || _undivided < half || _buckets.Length > Array.MaxLength / 2)
            return;
        var larger = new Bucket[_buckets.Length * 2];
        _buckets.CopyTo(larger, 0);
        _buckets.CopyTo(larger, _buckets.Length);
        _undivided = 0;
        Volatile.Write(ref _buckets, larger);
    }

    /// <summary>Gives two buckets that share a chain one each; two that do not have different heads, for an entry belongs to one only.</summary>
    private void Divide_NeedsLock(int low, int half)
    {
        ref Bucket lower = ref _buckets[low];
        ref Bucket upper = ref _buckets[low + half];
        if (lower.Head is not { } entry || entry != upper.Head)
            return;
        BeginDivision_NeedsLock();
        ref MemoryEntry? lowerEnd = ref lower.Head;
        ref MemoryEntry? upperEnd = ref upper.Head;
        for (MemoryEntry? next = entry; next is not null; next = next.MapNext)
        {
            if ((next.KeyHash & half) == 0)
            {
                Volatile.Write(ref lowerEnd, next);
                lowerEnd = ref next.MapNext;
            }
            else
            {
                Volatile.Write(ref upperEnd, next);
                upperEnd = ref next.MapNext;
            }
        }
        Volatile.Write(ref lowerEnd, null);
        Volatile.Write(ref upperEnd, null);
        EndDivision_NeedsLock();
    }

    private void CopyBuckets(int first, int end, int walkLength, List<MemoryEntry> copy)
    {
        lock (writes)
        {
            for (int residue = first; residue < end; residue++)
            {
                for (int i = residue; i < _buckets.Length; i += walkLength)
                {
                    for (MemoryEntry? entry = _buckets[i].Head; entry is not null; entry = entry.MapNext)
                    {
                        // A chain that two buckets share is met twice.
                        if (IndexOf(entry.KeyHash, _buckets) == i)
                            copy.Add(entry);
                    }
                }
            }
        }
    }

    // A struct, because the elements of an array of references are checked for their type when somebody takes their address.
    private struct Bucket
    {
        public MemoryEntry? Head;
    }
}
