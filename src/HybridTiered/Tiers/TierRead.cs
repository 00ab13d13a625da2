namespace HybridTiered.Tiers;

/// <summary>What a read needs from a tier.</summary>
public enum TierRead
{
    /// <summary>The bytes alone: they carry their own header with creation time and duration. The cheapest read a tier has.</summary>
    Data,

    /// <summary>
    /// The bytes and, where the tier knows it, what is left of the entry's life. Extends a sliding entry.
    /// Used for entries without a header (those of the <c>IDistributedCache</c> face).
    /// </summary>
    DataAndLifetime,
}
