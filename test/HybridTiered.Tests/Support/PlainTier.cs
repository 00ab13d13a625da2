using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Support;

/// <summary>A tier with no ability but the three operations: no versions, no bulk, and it cannot tell what is left of an entry's life.</summary>
public sealed class PlainTier(InMemoryTier inner) : ICacheTier
{
    public InMemoryTier Inner => inner;

    public TierReach Reach => inner.Reach;

    public async ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken)
    {
        TierEntry entry = await inner.ReadAsync(key, read, cancellationToken);
        return entry.Found ? new TierEntry(entry.Data) : entry;
    }

    public async ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken)
    {
        await inner.WriteAsync(key, data, lifetime, cancellationToken);
        return EntryVersion.None;
    }

    public async ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken)
    {
        await inner.RemoveAsync(key, cancellationToken);
        return EntryVersion.None;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
