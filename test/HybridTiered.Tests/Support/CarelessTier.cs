using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Support;

/// <summary>A shared tier as it must not be: it takes conditional writes whatever version they name.</summary>
public sealed class CarelessTier(TimeProvider time) : InMemoryTier(time), IConditionalTier
{
    async ValueTask<EntryVersion?> IConditionalTier.WriteIfUnchangedAsync(
        string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, EntryVersion expected, CancellationToken cancellationToken) =>
        await WriteAsync(key, data, lifetime, cancellationToken);
}
