using HybridTiered.Configuration;
using HybridTiered.Memcached;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Memcached to a cache.</summary>
public static class MemcachedBuilderExtensions
{
    /// <summary>
    /// Adds a Memcached tier below the tiers added before. Its options are bound to the section <c>Tiers:memcached</c> of the cache's configuration, then changed by
    /// <paramref name="configure"/>, and validated when the application starts.
    /// </summary>
    /// <param name="builder">The cache.</param>
    /// <param name="configure">Changes the options.</param>
    public static HybridTieredBuilder AddMemcached(this HybridTieredBuilder builder, Action<MemcachedTierOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddTier(
            "memcached",
            static (section, options) => section.Bind(options),
            static (services, options) => new MemcachedTier(options, services.GetService<TimeProvider>()),
            configure);
    }

    /// <summary>Adds a Memcached tier on given servers.</summary>
    /// <param name="builder">The cache.</param>
    /// <param name="servers">One or more servers, as in <see cref="MemcachedTierOptions.Servers"/>.</param>
    /// <param name="configure">Changes the options.</param>
    public static HybridTieredBuilder AddMemcached(this HybridTieredBuilder builder, string servers, Action<MemcachedTierOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(servers);
        return builder.AddMemcached(options =>
        {
            options.Servers.Add(servers);
            configure?.Invoke(options);
        });
    }
}
