namespace HybridTiered.Load.Faults;

/// <summary>How long the phases of a scenario take.</summary>
/// <param name="Calm">Before the fault.</param>
/// <param name="Fault">The fault.</param>
/// <param name="After">From its end until the updates end.</param>
internal sealed record FaultTimes(TimeSpan Calm, TimeSpan Fault, TimeSpan After);
