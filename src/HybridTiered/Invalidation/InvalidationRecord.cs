namespace HybridTiered.Invalidation;

/// <summary>An invalidation that this instance has made or received, as far as it is remembered.</summary>
public sealed record InvalidationRecord
{
    /// <summary>Its place among all that this instance has seen, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was made, on the cluster's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Whether it was made here.</summary>
    public required InvalidationDirection Direction { get; init; }

    /// <summary>What was invalidated.</summary>
    public required InvalidationKind Kind { get; init; }

    /// <summary>The first keys, tags or patterns, at most three.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>How many keys, tags or patterns there were.</summary>
    public required int Count { get; init; }

    /// <summary>The random number of the instance that made it.</summary>
    public required long Origin { get; init; }
}
