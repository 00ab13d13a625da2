using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered;

/// <summary>Ready-made lifetimes, named by how fresh the data has to be. Each is a <see cref="HybridCacheEntryOptions"/> for any <see cref="HybridCache"/> call.</summary>
public static class CacheStrategy
{
    /// <summary>10 seconds: prices, stock, live scores.</summary>
    public static HybridCacheEntryOptions RealTime { get; } = Custom(TimeSpan.FromSeconds(10));

    /// <summary>5 minutes: search results, lists.</summary>
    public static HybridCacheEntryOptions ShortTerm { get; } = Custom(TimeSpan.FromMinutes(5));

    /// <summary>1 hour: catalogues, profiles.</summary>
    public static HybridCacheEntryOptions MediumTerm { get; } = Custom(TimeSpan.FromHours(1));

    /// <summary>3 hours: reference data, configuration.</summary>
    public static HybridCacheEntryOptions LongTerm { get; } = Custom(TimeSpan.FromHours(3));

    /// <summary>5 minutes, the default of <see cref="HybridCache"/>.</summary>
    public static HybridCacheEntryOptions Default { get; } = Custom(TimeSpan.FromMinutes(5));

    /// <summary>A lifetime of one's own. Keep the result; do not make one per call.</summary>
    /// <param name="expiration">Life of the entry; positive.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="expiration"/> is zero or negative.</exception>
    public static HybridCacheEntryOptions Custom(TimeSpan expiration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(expiration, TimeSpan.Zero);
        return new HybridCacheEntryOptions { Expiration = expiration };
    }
}
