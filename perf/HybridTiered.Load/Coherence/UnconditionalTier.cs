using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Load.Coherence;

/// <summary>
/// Hides that a tier can refuse outdated writes. With it the checker has to find violations: that is how it is proved that it can.
/// </summary>
internal sealed class UnconditionalTier(ICacheTier tier) : ICacheTier
{
    public TierReach Reach => tier.Reach;

    public ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken) => tier.ReadAsync(key, read, cancellationToken);

    public ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken) =>
        tier.WriteAsync(key, data, lifetime, cancellationToken);

    public ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken) => tier.RemoveAsync(key, cancellationToken);

    public ValueTask DisposeAsync() => tier.DisposeAsync();
}
