namespace HybridTiered.Tiers;

/// <summary>How much a tier holds.</summary>
/// <param name="Entries">How many entries, expired ones that are still there included.</param>
/// <param name="Bytes">How many bytes they take where the tier keeps them.</param>
public readonly record struct TierSize(long Entries, long Bytes);
