namespace Storefront;

/// <summary>The one place that says how this application caches. Everything else only uses the cache.</summary>
internal static class CacheSetup
{
    /// <summary>Registers the cache: in memory alone, or with the shared tier and the backplane on the Redis that <c>--redis host:port</c> names.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="redis">A connection string, or <see langword="null"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="redis"/> cannot be read.</exception>
    public static void AddStorefrontCache(this IServiceCollection services, string? redis) => services.AddHybridTiered(cache =>
    {
        cache.AddMemory();
        if (redis is not null)
            cache.AddRedis(redis).UseRedisBackplane();
    });
}
