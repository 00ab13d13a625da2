using System.Diagnostics.CodeAnalysis;

namespace Storefront;

/// <summary>The one place that says how this application caches. Everything else only uses the cache.</summary>
internal static class CacheSetup
{
    /// <summary>Registers the cache: memory alone, or with <c>--redis host:port</c> a tier on Redis below it and a backplane that keeps all processes coherent.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">The command line among others.</param>
    /// <param name="mistake">What is wrong with the command line.</param>
    public static bool TryAddCache(IServiceCollection services, IConfiguration configuration, [NotNullWhen(false)] out string? mistake)
    {
        mistake = null;
        if (configuration["redis"] is not { } redis)
        {
            services.AddHybridTiered(cache => cache.AddMemory());
            return true;
        }
        if (!RedisAddress.TryParse(redis, out string? url, out mistake))
            return false;
        services.AddHybridTiered(cache => cache.AddMemory().AddRedis(url).UseRedisBackplane());
        return true;
    }
}
