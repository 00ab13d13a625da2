using HybridTiered.Tiers;

namespace HybridTiered;

/// <summary>Whether a tier answered when it was tried.</summary>
/// <param name="Level">The tier's place in the chain, 1 for L1.</param>
/// <param name="Name">The tier's name.</param>
/// <param name="Reach">Who shares it.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Fault">Why it did not answer as it should; <see langword="null"/> if it did.</param>
public sealed record TierProbe(int Level, string Name, TierReach Reach, TimeSpan Duration, Exception? Fault);
