using HybridTiered.Entries;

namespace HybridTiered.Tiers;

/// <summary>A tier that can find its keys by pattern.</summary>
public interface IPatternTier : ICacheTier
{
    /// <summary>Removes every key that matches, in bounded batches, without blocking the tier for other callers.</summary>
    /// <param name="pattern">The pattern over whole keys.</param>
    /// <param name="keepPrefix">Keys that start with this stay although they match (tag records); ordinal.</param>
    /// <param name="cancellationToken">Stops the scan; what was removed stays removed.</param>
    /// <returns>How many keys were removed.</returns>
    ValueTask<long> RemoveByPatternAsync(GlobPattern pattern, string keepPrefix, CancellationToken cancellationToken);
}
