using HybridTiered.Load.Measuring;

namespace HybridTiered.Load.Propagation;

/// <summary>What became of the sets.</summary>
internal sealed class PropagationOutcome
{
    /// <summary>From the call of a set to the moment when the other process no longer has the old value.</summary>
    public LatencyHistogram Seen { get; } = new();

    /// <summary>From the call of a set to its return.</summary>
    public LatencyHistogram Calls { get; } = new();

    /// <summary>Sets that the other process never saw.</summary>
    public long Stale { get; set; }
}
