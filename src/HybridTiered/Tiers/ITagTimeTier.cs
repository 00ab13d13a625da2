namespace HybridTiered.Tiers;

/// <summary>
/// A tier that stores the time of a tag's invalidation so that concurrent writers never lower it. Tiers without this ability
/// get a plain write of the same eight bytes.
/// </summary>
public interface ITagTimeTier : ICacheTier
{
    /// <summary>Stores eight bytes (little-endian UTC ticks) under a key unless a later time is there already.</summary>
    /// <param name="recordKey">The key of the tag record.</param>
    /// <param name="utcTicks">The time of the invalidation.</param>
    /// <param name="lifetime">How long to keep the record.</param>
    /// <param name="cancellationToken">Cancels the wait; the write may have happened.</param>
    ValueTask RaiseTagTimeAsync(string recordKey, long utcTicks, TierLifetime lifetime, CancellationToken cancellationToken);
}
