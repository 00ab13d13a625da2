namespace HybridTiered.Benchmarks.Gate;

/// <summary>A part of the gate: measures what belongs together.</summary>
internal interface IGateSection
{
    /// <summary>Measures; each verdict comes as soon as it is known.</summary>
    IEnumerable<Verdict> Measure();
}
