namespace HybridTiered.AspNetCore.HttpCaching;

/// <summary>Settings of <see cref="HttpCachingPolicy"/>.</summary>
public sealed class HttpCachingOptions
{
    /// <summary>
    /// The part of the time since <c>Last-Modified</c> for which a response that says nothing of its freshness is taken to be fresh (RFC 9111, section 4.2.2); 0.1 is
    /// usual. Default 0: such responses are not stored. 0 to 1.
    /// </summary>
    public double HeuristicFraction { get; set; }

    /// <summary>The longest freshness that is guessed. Default 1 day; positive.</summary>
    public TimeSpan MaximumHeuristicFreshness { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How long a response is kept after it has become stale, for clients that take stale ones (<c>max-stale</c>). Default 1 minute; not negative, zero for not at
    /// all.
    /// </summary>
    public TimeSpan StaleRetention { get; set; } = TimeSpan.FromMinutes(1);

    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    internal HttpCachingOptions Validated()
    {
        if (!(HeuristicFraction is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(HeuristicFraction), HeuristicFraction, $"{nameof(HeuristicFraction)} is {HeuristicFraction}; it must be from 0 to 1.");
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaximumHeuristicFreshness, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(StaleRetention, TimeSpan.Zero);
        return this;
    }
}
