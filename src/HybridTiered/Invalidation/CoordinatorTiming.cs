namespace HybridTiered.Invalidation;

/// <summary>How often the coordinator does what.</summary>
/// <param name="Tick">How often it looks whether something has to be tried again.</param>
/// <param name="JournalInterval">How often it reads the journal when nothing seems to be missing.</param>
/// <param name="SendTimeout">How long an invalidation waits for the backplane to take it.</param>
internal readonly record struct CoordinatorTiming(TimeSpan Tick, TimeSpan JournalInterval, TimeSpan SendTimeout);
