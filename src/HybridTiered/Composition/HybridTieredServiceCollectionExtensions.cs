using System.Diagnostics.Metrics;
using HybridTiered;
using HybridTiered.Composition;
using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Inspection;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers HybridTiered caches.</summary>
public static class HybridTieredServiceCollectionExtensions
{
    /// <summary>The configuration section that <see cref="AddHybridTiered"/> binds; a named cache binds <c>HybridTiered:Caches:</c> and its name.</summary>
    public const string ConfigurationSection = "HybridTiered";

    /// <summary>
    /// Registers the cache of the application as <see cref="HybridCache"/>, <see cref="IDistributedCache"/>, <see cref="ITieredCache"/> and <see cref="TieredCache"/>, in
    /// place of what was registered as <see cref="HybridCache"/> before. Options are bound to the section <c>HybridTiered</c> and validated when the application starts.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">
    /// Adds tiers and a backplane. Without it the cache has L1 and, where the package HybridTiered.Redis is referenced and <c>ConnectionStrings:Redis</c> or
    /// <c>REDIS_URL</c> is set, Redis with its backplane; otherwise, as Microsoft's, the <see cref="IDistributedCache"/> that the application has registered.
    /// </param>
    public static IServiceCollection AddHybridTiered(this IServiceCollection services, Action<HybridTieredBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var builder = new HybridTieredBuilder(services, null);
        Describe(builder, configure);
        services.RemoveAll<TieredCache>();
        services.RemoveAll<HybridCache>();
        services.AddSingleton(provider => new TieredCache(CacheFactory.Create(provider, builder)));
        services.AddSingleton<HybridCache>(static provider => provider.GetRequiredService<TieredCache>());
        services.AddSingleton<ITieredCache>(static provider => provider.GetRequiredService<TieredCache>());
        services.AddSingleton<IDistributedCache>(static provider => new TieredDistributedCache(() => provider.GetRequiredService<TieredCache>().Core));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ICacheInspector, CacheInspector>(static provider => new CacheInspector(provider.GetRequiredService<TieredCache>())));
        services.AddSingleton<IHostedService>(static provider => new CacheStarter(provider.GetRequiredService<TieredCache>));
        return services;
    }

    /// <summary>
    /// Registers a further cache, apart from all others: as keyed services of the same types. Its keys in the tiers below L1 start with its name and a colon unless
    /// <see cref="TieredCacheOptions.KeyPrefix"/> says otherwise.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name: the key of the services.</param>
    /// <param name="configure">Adds tiers and a backplane.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is blank, or a cache of that name is registered.</exception>
    public static IServiceCollection AddKeyedHybridTiered(this IServiceCollection services, string name, Action<HybridTieredBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (services.Any(s => s.IsKeyedService && s.ServiceType == typeof(TieredCache) && name.Equals(s.ServiceKey)))
            throw new ArgumentException($"A HybridTiered cache named '{name}' is registered already; names must differ.", nameof(name));
        var builder = new HybridTieredBuilder(services, name);
        services.Configure<TieredCacheOptions>(name, options => options.KeyPrefix = name + ":");
        Describe(builder, configure);
        services.AddKeyedSingleton(name, (provider, _) => new TieredCache(CacheFactory.Create(provider, builder)));
        services.AddKeyedSingleton<HybridCache>(name, static (provider, key) => provider.GetRequiredKeyedService<TieredCache>(key));
        services.AddKeyedSingleton<ITieredCache>(name, static (provider, key) => provider.GetRequiredKeyedService<TieredCache>(key));
        services.AddKeyedSingleton<IDistributedCache>(
            name, static (provider, key) => new TieredDistributedCache(() => provider.GetRequiredKeyedService<TieredCache>(key).Core));
        services.AddSingleton<ICacheInspector>(provider => new CacheInspector(provider.GetRequiredKeyedService<TieredCache>(name)));
        services.AddSingleton<IHostedService>(provider => new CacheStarter(() => provider.GetRequiredKeyedService<TieredCache>(name)));
        return services;
    }

    private static void Describe(HybridTieredBuilder builder, Action<HybridTieredBuilder>? configure)
    {
        IServiceCollection services = builder.Services;
        string name = builder.OptionsName;
        string section = builder.Section;

        services.TryAddSingleton(static provider => new CacheMeter(provider.GetService<IMeterFactory>()));
        // Binding comes first, so that code has the last word.
        services.AddSingleton<IConfigureOptions<TieredCacheOptions>>(provider => new ConfigureNamedOptions<TieredCacheOptions>(
            name, options => builder.Bind(provider.GetService<IConfiguration>()?.GetSection(section), options, static (from, to) => from.Bind(to))));
        services.AddSingleton<IConfigureOptions<MemoryTierOptions>>(provider => new ConfigureNamedOptions<MemoryTierOptions>(
            name, options => builder.Bind(provider.GetService<IConfiguration>()?.GetSection(section + ":Memory"), options, static (from, to) => from.Bind(to))));
        services.AddOptions<TieredCacheOptions>(name).ValidateOnStart();
        services.AddOptions<MemoryTierOptions>(name);
        services.AddSingleton<IValidateOptions<TieredCacheOptions>>(provider =>
            new CacheDefinition(builder, provider, provider.GetRequiredService<IOptionsMonitor<MemoryTierOptions>>()));

        if (configure is not null)
            configure(builder);
        else
            DefaultTiers.AddTo(builder);
    }
}
