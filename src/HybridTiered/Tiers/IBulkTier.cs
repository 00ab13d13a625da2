using HybridTiered.Entries;

namespace HybridTiered.Tiers;

/// <summary>A tier that handles many keys in fewer round trips than one each.</summary>
public interface IBulkTier : ICacheTier
{
    /// <summary>Reads many keys, headers included in the bytes (<see cref="TierRead.Data"/>).</summary>
    /// <param name="keys">Distinct keys.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>One entry per key, in the order of <paramref name="keys"/>, each to be disposed by the caller.</returns>
    ValueTask<TierEntry[]> ReadManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Removes many keys. Each gets a new version where the tier has versions.</summary>
    /// <param name="keys">Distinct keys.</param>
    /// <param name="cancellationToken">Cancels the wait; some removals may have happened.</param>
    /// <returns>One version per key, in the order of <paramref name="keys"/>.</returns>
    ValueTask<EntryVersion[]> RemoveManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);
}
