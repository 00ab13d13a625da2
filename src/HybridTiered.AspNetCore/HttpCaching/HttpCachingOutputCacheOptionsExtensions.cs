using HybridTiered.AspNetCore.HttpCaching;
using Microsoft.AspNetCore.OutputCaching;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds HTTP caching to the output cache.</summary>
public static class HttpCachingOutputCacheOptionsExtensions
{
    /// <summary>
    /// Caches the whole application by the rules of HTTP, as its responses say in <c>Cache-Control</c>. Endpoints with an output cache policy of their own follow that
    /// alone; requests that change things invalidate their URI either way.
    /// </summary>
    /// <param name="options">The options of the output cache.</param>
    /// <param name="configure">Changes the settings.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public static void AddHttpCaching(this OutputCacheOptions options, Action<HttpCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.AddBasePolicy(new HttpCachingPolicy(Configured(configure), isBase: true));
    }

    /// <summary>Caches the endpoints that choose so by the rules of HTTP: <c>[OutputCache(PolicyName = name)]</c> or <c>.CacheOutput(name)</c>.</summary>
    /// <param name="options">The options of the output cache.</param>
    /// <param name="name">The name of the policy.</param>
    /// <param name="configure">Changes the settings.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public static void AddHttpCachingPolicy(this OutputCacheOptions options, string name, Action<HttpCachingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.AddPolicy(name, new HttpCachingPolicy(Configured(configure)));
    }

    private static HttpCachingOptions Configured(Action<HttpCachingOptions>? configure)
    {
        var settings = new HttpCachingOptions();
        configure?.Invoke(settings);
        return settings;
    }
}
