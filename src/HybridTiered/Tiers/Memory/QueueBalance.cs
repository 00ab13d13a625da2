namespace HybridTiered.Tiers.Memory;

/// <summary>
/// How much of the bounded store belongs to its small queue. A key that comes back soon after its eviction tells which queue was too short for it, and
/// that queue grows by a little at the other's expense, as in ARC (Megiddo, Modha, FAST 2003) and in the adaptive variant of S3-FIFO.
/// </summary>
/// <remarks>
/// Where popularity lasts, a small queue of 1 % is best. Where what counts is how recently a key was asked for, it has to hold most of the store, because keys that leave it
/// are missed once more before they reach the main queue. "Soon" is the same number of evictions from either queue, so that both are asked what the same number of
/// further places would have been worth. Not thread-safe; the store's lock guards it.
/// </remarks>
internal sealed class QueueBalance
{
    private const double InitialShare = 0.05;
    private const double LeastShare = 0.01;
    private const double GreatestShare = 0.7;

    // Fast enough to follow a change within some hundred evictions per hundred entries, slow enough that chance does not move it far.
    private const double EntriesPerStep = 2;
    private const double LongestStep = 0.02;

    // Evictions per entry of the store.
    private const double Soon = 0.05;

    /// <summary>The small queue's share of the limits.</summary>
    public double SmallShare { get; private set; } = InitialShare;

    /// <summary>Within how many evictions a key has to come back to count.</summary>
    /// <param name="entries">How many entries the store has.</param>
    public static long Horizon(long entries) => Math.Max(1, (long)(Soon * entries));

    /// <summary>A key has come back soon after it was evicted from the small queue.</summary>
    public void GrowSmall(long entries) => SmallShare = Math.Min(GreatestShare, SmallShare + Step(entries));

    /// <summary>A key has come back soon after it was evicted from the main queue.</summary>
    public void GrowMain(long entries) => SmallShare = Math.Max(LeastShare, SmallShare - Step(entries));

    private static double Step(long entries) => Math.Min(LongestStep, EntriesPerStep / Math.Max(1, entries));
}
