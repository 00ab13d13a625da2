namespace HybridTiered.Inspection;

/// <summary>What one tier has under a key.</summary>
public sealed record FoundEntry
{
    /// <summary>The tier's place, 1 for L1.</summary>
    public required int Level { get; init; }

    /// <summary>The tier's name.</summary>
    public required string Tier { get; init; }

    /// <summary>What a reader would make of it.</summary>
    public required EntryState State { get; init; }

    /// <summary>What it is: the type of an object in L1, <c>bytes</c> for the <c>IDistributedCache</c> face, <c>entry</c> for the form with a header.</summary>
    public required string Form { get; init; }

    /// <summary>When its computation started, on the cluster's clock; <see langword="null"/> where nothing tells.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The life it was given, before any tier scaled it; <see langword="null"/> where nothing tells.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>What is left of its life in this tier; zero once it is over, <see langword="null"/> without an end or where nothing tells.</summary>
    public TimeSpan? Remaining { get; init; }

    /// <summary>The time without a read after which it ends, if it has one and the tier knows.</summary>
    public TimeSpan? Sliding { get; init; }

    /// <summary>Its tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The version that a shared tier gave to it; 0 where that is not known.</summary>
    public long Version { get; init; }

    /// <summary>Bytes: of the value in tiers below L1, of everything that L1 keeps for the entry.</summary>
    public long Size { get; init; }

    /// <summary>The value, if it was asked for: its first 4,096 bytes as text where it is text, otherwise hexadecimal. <see langword="null"/> for objects of L1 that have no text.</summary>
    public string? Value { get; init; }

    /// <summary>Why the tier could not be asked: the type of the fault.</summary>
    public string? Fault { get; init; }
}
