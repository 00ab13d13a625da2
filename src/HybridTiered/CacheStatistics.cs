namespace HybridTiered;

/// <summary>
/// What has happened since the cache was made. Every request is counted once: <see cref="Requests"/> is the sum of L1's hits, <see cref="LowerHits"/>,
/// <see cref="Misses"/>, <see cref="Shared"/> and <see cref="Bypassed"/>.
/// </summary>
public sealed record CacheStatistics
{
    /// <summary>Keys asked for.</summary>
    public required long Requests { get; init; }

    /// <summary>Requests that led to a hit in a tier below L1.</summary>
    public required long LowerHits { get; init; }

    /// <summary>Requests that found nothing in any tier, whatever became of them.</summary>
    public required long Misses { get; init; }

    /// <summary>Requests that shared the flight of another.</summary>
    public required long Shared { get; init; }

    /// <summary>Requests whose key cannot be cached.</summary>
    public required long Bypassed { get; init; }

    /// <summary>Calls of factories.</summary>
    public required long FactoryCalls { get; init; }

    /// <summary>Calls of factories that threw.</summary>
    public required long FactoryFailures { get; init; }

    /// <summary>Results that were not stored because they were invalidated meanwhile, were not to be stored, or could not be serialised.</summary>
    public required long NotStored { get; init; }

    /// <summary>Flights that ended with an expired value because the factory failed or took too long.</summary>
    public long StaleServed { get; init; }

    /// <summary>Factories that outlasted a soft or hard timeout.</summary>
    public long FactoryTimeouts { get; init; }

    /// <summary>Entries that a hit began to compute anew before they expired.</summary>
    public long EagerRefreshes { get; init; }

    /// <summary>Results that were kept in L1 alone because too many writes behind calls were under way.</summary>
    public long WritesDropped { get; init; }

    /// <summary>Flights under way now.</summary>
    public required int Flights { get; init; }

    /// <summary>Callers that wait for them now, their leaders included.</summary>
    public required int Callers { get; init; }

    /// <summary>Operations that go on behind calls now.</summary>
    public required int Background { get; init; }

    /// <summary>The tiers from the top down; the first is L1.</summary>
    public required IReadOnlyList<TierStatistics> Tiers { get; init; }

    /// <summary>What has happened between the instances.</summary>
    public required InvalidationStatistics Invalidations { get; init; }

    /// <summary>Hits in any tier.</summary>
    public long Hits => Tiers[0].Hits + LowerHits;

    /// <summary>The part of requests, shared and bypassed ones left out, that some tier answered; 0 before the first.</summary>
    public double HitRate => Hits + Misses == 0 ? 0 : (double)Hits / (Hits + Misses);
}
