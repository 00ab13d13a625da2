namespace HybridTiered.Benchmarks.Gate;

/// <summary>One line of the gate.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Measured">The figures, with their units.</param>
/// <param name="Limit">What they may be.</param>
/// <param name="IsKept">Whether they are.</param>
internal sealed record Verdict(string Name, string Measured, string Limit, bool IsKept);
