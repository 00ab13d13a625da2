using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.AspNetCore.Tests.Telemetry;

/// <summary>A shared tier that cannot read.</summary>
internal sealed class FaultyTier : ICacheTier
{
    public TierReach Reach => TierReach.Shared;

    public ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken) => throw new IOException("The tier is away.");

    public ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken) => default;

    public ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken) => default;

    public ValueTask DisposeAsync() => default;
}
