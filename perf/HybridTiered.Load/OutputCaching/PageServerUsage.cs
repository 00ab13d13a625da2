namespace HybridTiered.Load.OutputCaching;

/// <summary>What a page server has done so far.</summary>
/// <param name="Renderings">How often its page was rendered.</param>
/// <param name="Cpu">The processor time it has used.</param>
internal readonly record struct PageServerUsage(long Renderings, TimeSpan Cpu);
