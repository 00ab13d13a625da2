using HybridTiered.Diagnostics;

namespace HybridTiered.Chain.Guarding;

/// <summary>What is kept of a call until it ends.</summary>
/// <param name="At">The coarse clock's reading before the call.</param>
/// <param name="Timed">What measures it, if anybody listens.</param>
/// <param name="Leaving">The token by which its caller gives up.</param>
internal readonly record struct CallStart(long At, TimedOperation? Timed = null, CancellationToken Leaving = default);
