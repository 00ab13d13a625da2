using System.Collections.Concurrent;
using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Load.Growth;

/// <summary>The least that a tier can be, so that what is measured is the chain. Nothing in it expires.</summary>
internal sealed class DictionaryTier : ICacheTier
{
    private readonly ConcurrentDictionary<string, byte[]> _entries = new(StringComparer.Ordinal);

    public TierReach Reach => TierReach.Shared;

    public ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken) =>
        new(_entries.TryGetValue(key, out byte[]? data) ? new TierEntry(data) : TierEntry.Missing);

    public ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken)
    {
        _entries[key] = data.ToArray();
        return new(EntryVersion.None);
    }

    public ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken)
    {
        _entries.TryRemove(key, out _);
        return new(EntryVersion.None);
    }

    public ValueTask DisposeAsync() => default;
}
