using HybridTiered;
using HybridTiered.AspNetCore.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds health checks of HybridTiered caches.</summary>
public static class HybridTieredHealthChecksBuilderExtensions
{
    /// <summary>Adds a check of the application's default cache: of each of its tiers and of its backplane.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">
    /// What is reported when the cache does not serve at all; <see langword="null"/> for unhealthy. While it serves, but a part of it is broken, the check reports
    /// degraded.
    /// </param>
    /// <param name="tags">Tags by which checks can be chosen.</param>
    /// <param name="configure">Changes when the cache counts as healthy.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static IHealthChecksBuilder AddHybridTiered(
        this IHealthChecksBuilder builder, string name = "hybridtiered", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null,
        Action<HybridTieredHealthOptions>? configure = null) =>
        Add(builder, name, static provider => provider.GetRequiredService<TieredCache>(), failureStatus, tags, configure);

    /// <summary>Adds a check of a named cache.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="cacheName">The name of the cache.</param>
    /// <param name="name">The name of the check; <see langword="null"/> for <c>hybridtiered:</c> and the name of the cache.</param>
    /// <param name="failureStatus">What is reported when the cache does not serve at all; <see langword="null"/> for unhealthy.</param>
    /// <param name="tags">Tags by which checks can be chosen.</param>
    /// <param name="configure">Changes when the cache counts as healthy.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static IHealthChecksBuilder AddKeyedHybridTiered(
        this IHealthChecksBuilder builder, string cacheName, string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null,
        Action<HybridTieredHealthOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(cacheName);
        return Add(builder, name ?? "hybridtiered:" + cacheName, provider => provider.GetRequiredKeyedService<TieredCache>(cacheName), failureStatus, tags, configure);
    }

    private static IHealthChecksBuilder Add(
        IHealthChecksBuilder builder, string name, Func<IServiceProvider, TieredCache> cache, HealthStatus? failureStatus, IEnumerable<string>? tags,
        Action<HybridTieredHealthOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new HybridTieredHealthOptions();
        configure?.Invoke(options);
        options.Validated();
        return builder.Add(new HealthCheckRegistration(name, provider => new HybridTieredHealthCheck(cache(provider), options), failureStatus, tags));
    }
}
