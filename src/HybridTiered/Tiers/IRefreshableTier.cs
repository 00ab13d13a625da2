namespace HybridTiered.Tiers;

/// <summary>A tier that can extend the life of a sliding entry without sending its bytes.</summary>
public interface IRefreshableTier : ICacheTier
{
    /// <summary>Starts the sliding window of an entry again, never past its absolute end. A missing or non-sliding entry is left alone.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask RefreshAsync(string key, CancellationToken cancellationToken);
}
