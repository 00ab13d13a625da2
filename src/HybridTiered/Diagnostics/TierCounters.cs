namespace HybridTiered.Diagnostics;

/// <summary>What happened to one tier below L1. Fields are counted with <see cref="Interlocked"/>.</summary>
internal sealed class TierCounters
{
    public long Hits;
    public long Misses;
    public long Expired;
    public long Invalidated;
    public long Damaged;
    public long Skipped;
    public long Timeouts;
    public long ReadFaults;
    public long Writes;
    public long WriteFaults;
    public long WritesRefused;
    public long TooLarge;
    public long Promotions;
    public long Removals;
    public long RemovalFaults;
}
