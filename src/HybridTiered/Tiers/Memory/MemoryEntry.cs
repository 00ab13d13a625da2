using HybridTiered.Entries;
using HybridTiered.Tags;

namespace HybridTiered.Tiers.Memory;

/// <summary>An entry of L1. Stores keep it, bound it by <see cref="Size"/> and hand it back; what it holds is the cache's own affair.</summary>
public abstract class MemoryEntry
{
    // Read by every hit; written only when an event is due or the epoch has moved.
    internal long NextEvent;
    internal long ValidEpoch;

    // Owned by the bounded store: its queue links and its reading of the entry's popularity.
    internal MemoryEntry? QueueNext;
    internal int QueueState;

    private protected MemoryEntry(string key, long size)
    {
        Key = key;
        Size = size;
    }

    /// <summary>The key under which the store keeps the entry.</summary>
    public string Key { get; }

    /// <summary>Estimated bytes of key, value and bookkeeping.</summary>
    public long Size { get; }

    /// <summary>Start of the computation that made the value, in UTC ticks on the cluster's clock.</summary>
    internal long Created { get; init; }

    /// <summary>When the value expires, on the coarse clock. Not read by hits: <see cref="NextEvent"/> is never later.</summary>
    internal long ExpiresAt { get; set; }

    /// <summary>The version that the shared tier gave to this value, or none where that is not known.</summary>
    internal EntryVersion Version { get; init; }

    /// <summary>The cells of the entry's tags; <see langword="null"/> without tags.</summary>
    internal TagCell[]? Tags { get; init; }

    /// <summary>Sliding window and time to idle; <see langword="null"/> for the many entries that have neither.</summary>
    internal IdlePolicy? Idle { get; set; }
}
