using HybridTiered.Tiers;

namespace HybridTiered;

/// <summary>What has happened to one tier since the cache was made.</summary>
public sealed record TierStatistics
{
    /// <summary>The tier's place in the chain, 1 for L1.</summary>
    public required int Level { get; init; }

    /// <summary>The tier's name.</summary>
    public required string Name { get; init; }

    /// <summary>Who shares it.</summary>
    public required TierReach Reach { get; init; }

    /// <summary>Whether the tier is used. A machine tier is not before it has caught up with the journal, nor while it has yet to be emptied.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Reads that found a live entry.</summary>
    public long Hits { get; init; }

    /// <summary>Reads that found nothing.</summary>
    public long Misses { get; init; }

    /// <summary>Reads that found an entry whose life was over.</summary>
    public long Expired { get; init; }

    /// <summary>Reads that found an entry killed by a tag, a pattern or a clear.</summary>
    public long Invalidated { get; init; }

    /// <summary>Reads that found something that is no readable entry.</summary>
    public long Damaged { get; init; }

    /// <summary>Whether reads are let through.</summary>
    public CircuitState ReadCircuit { get; init; }

    /// <summary>Whether writes are let through.</summary>
    public CircuitState WriteCircuit { get; init; }

    /// <summary>How often one of the circuits has opened.</summary>
    public long CircuitBreaks { get; init; }

    /// <summary>Calls that were given up because they took too long; they count as faults too.</summary>
    public long Timeouts { get; init; }

    /// <summary>Reads that were not made because the tier was closed, its circuit open, or the key still to be removed or written.</summary>
    public long Skipped { get; init; }

    /// <summary>Reads that failed.</summary>
    public long ReadFaults { get; init; }

    /// <summary>Entries written, promoted ones included.</summary>
    public long Writes { get; init; }

    /// <summary>Writes that failed.</summary>
    public long WriteFaults { get; init; }

    /// <summary>Writes that the tier refused because the key had been invalidated or set meanwhile.</summary>
    public long WritesRefused { get; init; }

    /// <summary>Values kept out because of their size.</summary>
    public long TooLarge { get; init; }

    /// <summary>Entries copied into this tier from one below it.</summary>
    public long Promotions { get; init; }

    /// <summary>Keys removed.</summary>
    public long Removals { get; init; }

    /// <summary>Removals that failed.</summary>
    public long RemovalFaults { get; init; }

    /// <summary>Invalidations that wait to be carried out in this tier.</summary>
    public int PendingInvalidations { get; init; }

    /// <summary>Whether the tier knows how much it holds: L1 and the disk do.</summary>
    public bool KnowsSize { get; init; }

    /// <summary>Entries kept; 0 where the tier does not know.</summary>
    public long Entries { get; init; }

    /// <summary>Bytes kept, of L1 an estimate; 0 where the tier does not know.</summary>
    public long SizeInBytes { get; init; }

    /// <summary>Entries dropped to stay within the limits; only L1 knows, 0 elsewhere.</summary>
    public long Evictions { get; init; }

    /// <summary>Entries dropped because their life was over; only L1 knows, 0 elsewhere.</summary>
    public long Expirations { get; init; }
}
