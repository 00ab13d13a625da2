using System.Diagnostics.CodeAnalysis;

namespace HybridTiered.Tiers.Memory;

/// <summary>
/// Where L1 keeps its entries. The cache checks lifetimes and tags itself; a store only has to keep entries by key, and may drop any of them
/// at any time. All members are thread-safe.
/// </summary>
public interface IMemoryStore : IDisposable
{
    /// <summary>How many entries are kept, expired ones that were not swept yet included.</summary>
    long Count { get; }

    /// <summary>The sum of <see cref="MemoryEntry.Size"/> over all entries.</summary>
    long SizeInBytes { get; }

    /// <summary>How many entries were dropped to stay within the store's limits.</summary>
    long Evictions { get; }

    /// <summary>How many entries the store dropped because it noticed that they had expired; not counted as <see cref="Evictions"/>.</summary>
    long Expirations { get; }

    /// <summary>Finds an entry.</summary>
    /// <param name="key">The key.</param>
    /// <param name="entry">The entry, possibly expired.</param>
    /// <returns>Whether there is one.</returns>
    bool TryGet(string key, [NotNullWhen(true)] out MemoryEntry? entry);

    /// <summary>Finds an entry without a string for its key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="entry">The entry, possibly expired.</param>
    /// <returns>Whether there is one.</returns>
    bool TryGet(ReadOnlySpan<char> key, [NotNullWhen(true)] out MemoryEntry? entry);

    /// <summary>Keeps an entry in place of any other with its key. An entry larger than the store is not kept, but the old one is dropped.</summary>
    /// <param name="entry">The entry. It is put once, into one store: stores hang their own bookkeeping on it.</param>
    void Put(MemoryEntry entry);

    /// <summary>Keeps an entry in place of another with the same key, in one step, unless that one has left by now.</summary>
    /// <param name="old">The entry to replace.</param>
    /// <param name="entry">The entry to keep.</param>
    /// <returns>Whether it was replaced. A store that has no such step may always say no: the old entry holds the same value in a slower form.</returns>
    bool TryReplace(MemoryEntry old, MemoryEntry entry) => false;

    /// <summary>Drops whatever is kept under a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether there was something.</returns>
    bool Remove(string key);

    /// <summary>Drops an entry unless another has taken its place.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>Whether it was still kept.</returns>
    bool Remove(MemoryEntry entry);

    /// <summary>Drops everything that was kept when the call began.</summary>
    void Clear();

    /// <summary>Walks over the entries; entries that come or go meanwhile may be seen or not.</summary>
    IEnumerable<MemoryEntry> Entries { get; }
}
