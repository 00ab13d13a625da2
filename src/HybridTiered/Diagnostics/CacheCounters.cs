using HybridTiered.Invalidation;

namespace HybridTiered.Diagnostics;

/// <summary>What happened to one cache, beside L1's hits and its tiers. Fields are counted with <see cref="Interlocked"/>.</summary>
internal sealed class CacheCounters
{
    public long Misses;
    public long LowerHits;
    public long Shared;
    public long Bypassed;
    public long FactoryCalls;
    public long FactoryFailures;
    public long MemoryWrites;
    public long MemoryPromotions;
    public long MemoryRemovals;
    public long NotStored;
    public long StaleServed;
    public long FactoryTimeouts;
    public long EagerRefreshes;
    public long WritesDropped;
    public long SerializationFailures;
    public long Malformed;
    public long ProcessingErrors;
    public long PublishFaults;
    public long CatchUps;
    public long JournalGaps;

    private readonly long[] _sent = new long[KindCount];
    private readonly long[] _received = new long[KindCount];

    private static int KindCount => (int)InvalidationKind.Update + 1;

    public void CountSent(InvalidationKind kind) => Interlocked.Increment(ref _sent[(int)kind]);

    public void CountReceived(InvalidationKind kind) => Interlocked.Increment(ref _received[(int)kind]);

    public long Sent(InvalidationKind kind) => Volatile.Read(ref _sent[(int)kind]);

    public long Received(InvalidationKind kind) => Volatile.Read(ref _received[(int)kind]);
}
