using HybridTiered.Entries;
using HybridTiered.Tags;

namespace HybridTiered.Tiers.Memory;

/// <summary>An entry of L1. Stores keep it, bound it by <see cref="Size"/> and hand it back; what it holds is the cache's own affair.</summary>
public abstract class MemoryEntry
{
    // Read by every hit; written only when an event is due or the epoch has moved.
    internal long NextEvent;
    internal long ValidEpoch;

    // Owned by the map: the next entry of the same chain, written under the map's lock.
    internal MemoryEntry? MapNext;

    // Owned by the bounded store: its queue links, written under its lock, and its reading of the entry's popularity, written by hits too.
    internal MemoryEntry? QueueNext;
    internal MemoryEntry? QueuePrevious;
    internal EntryQueueId Queue;
    internal byte Frequency;

    // Four bytes, which share a word with the hash: there are millions of these objects.
    private readonly uint _size;

    private protected MemoryEntry(string key, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Key = key;
        KeyHash = Memory.KeyHash.Of(key);
        _size = (uint)Math.Min(size, uint.MaxValue);
    }

    /// <summary>The key under which the store keeps the entry.</summary>
    public string Key { get; }

    /// <summary>The hash of <see cref="Key"/>.</summary>
    internal int KeyHash { get; }

    /// <summary>Estimated bytes of key, value and bookkeeping; 4 GiB - 1 for anything larger.</summary>
    public long Size => _size;

    /// <summary>What people are told that it is: the type of the value, or <c>bytes</c>.</summary>
    internal abstract string Form { get; }

    /// <summary>What people are shown of the value: an object, or bytes.</summary>
    internal abstract object? Content { get; }

    /// <summary>Start of the computation that made the value, in UTC ticks on the cluster's clock.</summary>
    internal long Created { get; init; }

    /// <summary>When the value expires, on the coarse clock. Without a plan there is no other event; with one, <see cref="NextEvent"/> is never later.</summary>
    internal long ExpiresAt => Plan is { } plan ? plan.ExpiresAt : NextEvent;

    /// <summary>The version that the shared tier gave to this value, or none where that is not known.</summary>
    internal EntryVersion Version { get; init; }

    /// <summary>The cells of the entry's tags; <see langword="null"/> without tags.</summary>
    internal TagCell[]? Tags { get; init; }

    /// <summary>What is planned beside the expiry; <see langword="null"/> for the many entries that just expire.</summary>
    internal EntryPlan? Plan { get; set; }

    /// <summary>Until when the entry is of any use, on the coarse clock: expired ones may serve fail-safe.</summary>
    internal long KeptUntil => Plan is { } plan ? Math.Max(ExpiresAt, plan.KeptUntil) : ExpiresAt;
}
