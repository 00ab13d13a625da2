namespace HybridTiered.Configuration;

/// <summary>A tier below L1 as it was asked for, and its options as code and configuration have made them.</summary>
internal sealed record ResolvedTier(TierRegistration Registration, TierOptions Options);
