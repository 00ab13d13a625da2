using HybridTiered.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers the caches that the configuration of an application describes.</summary>
public static class HybridTieredHostBuilderExtensions
{
    /// <summary>
    /// Registers the cache of the application, and every named cache of the section <c>HybridTiered:Caches</c>, as configuration describes them: those tiers that the section
    /// <c>Tiers</c> names, in the order of their <see cref="TierOptions.Level"/>, else disk, redis, memcached, distributed; with Redis, its backplane. Where a section
    /// names no tiers, all is as with <c>AddHybridTiered</c> on the services.
    /// </summary>
    /// <remarks>
    /// The packages of the tiers have to be referenced. Configuration is read when this is called, so sources are added before; values of options may change until the application
    /// starts.
    /// </remarks>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The application's builder.</param>
    /// <param name="configure">Adds to the cache of the application what configuration cannot say: further tiers below those that it names, or a backplane.</param>
    public static TBuilder AddHybridTiered<TBuilder>(this TBuilder builder, Action<HybridTieredBuilder>? configure = null)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        IConfigurationSection section = builder.Configuration.GetSection(HybridTieredServiceCollectionExtensions.ConfigurationSection);
        builder.Services.AddHybridTiered(Describe(section, configure));
        foreach (IConfigurationSection cache in section.GetSection("Caches").GetChildren())
            builder.Services.AddKeyedHybridTiered(cache.Key, Describe(cache, null));
        return builder;
    }

    private static Action<HybridTieredBuilder>? Describe(IConfigurationSection section, Action<HybridTieredBuilder>? configure) =>
        !ConfiguredTiers.AreIn(section) ? configure : cache =>
        {
            ConfiguredTiers.AddTo(cache, section);
            configure?.Invoke(cache);
        };
}
