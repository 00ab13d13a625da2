using System.Diagnostics.CodeAnalysis;

namespace Storefront;

/// <summary>The one place that says how this application caches. Everything else only uses the cache.</summary>
internal static class CacheSetup
{
    /// <summary>
    /// Registers the cache: memory and, where there is a folder, the disk below it; with <c>--redis host:port</c> a tier on Redis at the bottom, and a backplane that keeps all
    /// processes coherent.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">The command line among others.</param>
    /// <param name="data">The folder, if there is one.</param>
    /// <param name="mistake">What is wrong with the command line.</param>
    public static bool TryAddCache(
        IServiceCollection services, IConfiguration configuration, DataFolder? data, [NotNullWhen(false)] out string? mistake)
    {
        mistake = null;
        string? url = null;
        if (configuration["redis"] is { } redis && !RedisAddress.TryParse(redis, out url, out mistake))
            return false;
        services.AddHybridTiered(cache =>
        {
            cache.AddMemory();
            if (data is not null)
                cache.AddDisk(data.Cache);
            if (url is not null)
                cache.AddRedis(url).UseRedisBackplane();
        });
        return true;
    }
}
