using System.Diagnostics.CodeAnalysis;

namespace Storefront;

/// <summary>The one place that says how this application caches. Everything else only uses the cache.</summary>
internal static class CacheSetup
{
    /// <summary>Registers the cache, with the shared tier that <c>--redis host:port</c> asks for.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">The command line among others.</param>
    /// <param name="mistake">What is wrong with the command line.</param>
    public static bool TryAddCache(IServiceCollection services, IConfiguration configuration, [NotNullWhen(false)] out string? mistake)
    {
        mistake = null;
        if (configuration["redis"] is { } redis)
        {
            // Where the Redis tier and its backplane will be switched on.
            mistake = $"--redis {redis}: a shared tier on Redis cannot be registered yet. Start the storefront without --redis.";
            return false;
        }
        services.AddHybridTiered(cache => cache.AddMemory());
        return true;
    }
}
