namespace HybridTiered.Load.Coherence;

/// <summary>What one process has to say at the end.</summary>
internal sealed record CoherenceReport
{
    public required CoherenceTally Tally { get; init; }

    /// <summary>Reads that L1 answered.</summary>
    public required long MemoryHits { get; init; }

    /// <summary>Reads that Redis answered.</summary>
    public required long LowerHits { get; init; }

    public required long JournalGaps { get; init; }

    public required long CatchUps { get; init; }

    public required long CircuitBreaks { get; init; }

    public required long Malformed { get; init; }

    public required long ProcessingErrors { get; init; }

    /// <summary>Bytes that were live when it began and when it ended.</summary>
    public required long HeapBefore { get; init; }

    public required long HeapAfter { get; init; }
}
