namespace HybridTiered.Benchmarks.Gate;

/// <summary>What a path was measured at.</summary>
/// <param name="Ratio">The median, over all rounds, of its time by that of the dictionary in the same round.</param>
/// <param name="Nanoseconds">The median time of one lookup.</param>
/// <param name="BaselineNanoseconds">The median time of one lookup in what it is compared with.</param>
/// <param name="BytesPerLookup">What one lookup allocates.</param>
internal readonly record struct Measured(double Ratio, double Nanoseconds, double BaselineNanoseconds, double BytesPerLookup);
