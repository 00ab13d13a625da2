using System.Numerics;

namespace HybridTiered.Tiers.Memory;

/// <summary>
/// Remembers the hashes of the keys that left a queue last, oldest forgotten first.
/// </summary>
/// <remarks>
/// A table of buckets as the authors of S3-FIFO propose for their ghost queue: a slot holds a key's hash and the number of the eviction,
/// and it is in the queue while fewer than <c>capacity</c> evictions have followed. A full bucket gives up its oldest slot early.
/// That costs 8 to 16 bytes per key, and a wrong answer only makes an entry start in the other queue. Not thread-safe.
/// </remarks>
internal sealed class GhostQueue
{
    /// <summary>The most that are remembered: 32 MiB of slots.</summary>
    public const int MaximumCapacity = 1 << 22;

    // One bucket is one cache line.
    private const int BucketSlots = 8;
    private const ulong Empty = 0;

    private ulong[] _slots = [];
    private uint _capacity;
    private uint _evictions;

    /// <summary>Remembers a hash as the latest of at most <paramref name="capacity"/>.</summary>
    public void Remember(int hash, long capacity)
    {
        _capacity = (uint)Math.Clamp(capacity, 1, MaximumCapacity);
        if (_capacity > _slots.Length)
            Grow();
        // Number 0 is left out, because with hash 0 it would look like an empty slot.
        if (++_evictions == 0)
            _evictions = 1;
        Store(((ulong)(uint)hash << 32) | _evictions);
    }

    /// <summary>Forgets a hash.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="age">How many others have been remembered since.</param>
    /// <returns>Whether it was remembered.</returns>
    public bool Forget(int hash, out long age)
    {
        foreach (ref ulong slot in BucketOf((uint)hash))
        {
            if (HashOf(slot) == (uint)hash && IsRemembered(slot))
            {
                age = AgeOf(slot);
                slot = Empty;
                return true;
            }
        }
        age = 0;
        return false;
    }

    public void Clear()
    {
        _slots = [];
        _capacity = 0;
    }

    private static uint HashOf(ulong slot) => (uint)(slot >> 32);

    // Unsigned, so that it stays right when the numbers start again.
    private uint AgeOf(ulong slot) => _evictions - (uint)slot;

    private bool IsRemembered(ulong slot) => slot != Empty && AgeOf(slot) < _capacity;

    private Span<ulong> BucketOf(uint hash)
    {
        if (_slots.Length == 0)
            return [];
        // Fibonacci hashing: the product's upper half depends on all bits of the hash.
        ulong spread = (hash * 0x9E3779B97F4A7C15UL) >> 32;
        int bucket = (int)((spread * (ulong)(_slots.Length / BucketSlots)) >> 32);
        return _slots.AsSpan(bucket * BucketSlots, BucketSlots);
    }

    private void Store(ulong remembered)
    {
        Span<ulong> bucket = BucketOf(HashOf(remembered));
        int victim = 0;
        for (int i = 0; i < bucket.Length; i++)
        {
            if (!IsRemembered(bucket[i]) || HashOf(bucket[i]) == HashOf(remembered))
            {
                victim = i;
                break;
            }
            if (AgeOf(bucket[i]) > AgeOf(bucket[victim]))
                victim = i;
        }
        bucket[victim] = remembered;
    }

    private void Grow()
    {
        ulong[] old = _slots;
        _slots = new ulong[Math.Max(BucketSlots, BitOperations.RoundUpToPowerOf2(_capacity))];
        foreach (ulong slot in old)
        {
            if (IsRemembered(slot))
                Store(slot);
        }
    }
}
