namespace HybridTiered.Chain.Guarding;

/// <summary>A tier was not asked, because its circuit is open: it has failed too often lately. What was to be done is tried again when the tier is back.</summary>
/// <param name="tier">The name of the tier.</param>
public sealed class TierUnavailableException(string tier) : Exception($"Tier {tier} is not asked at present, because it has failed too often lately; after its BreakDuration one call finds out whether it is back.");
