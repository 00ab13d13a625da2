using HybridTiered;
using HybridTiered.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers HybridTiered as the store of the output cache.</summary>
public static class HybridTieredOutputCacheServiceCollectionExtensions
{
    /// <summary>
    /// Keeps what the output cache middleware caches in a HybridTiered cache, in place of the framework's memory. Before or after <c>AddOutputCache</c> and
    /// <c>AddHybridTiered</c>, both of which are needed as well.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="cacheName">The name of the cache, registered by <c>AddKeyedHybridTiered</c>; <see langword="null"/> for the application's default one.</param>
    public static IServiceCollection AddHybridTieredOutputCache(this IServiceCollection services, string? cacheName = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<IHybridCacheSerializer<StoredResponse>, StoredResponseSerializer>();
        services.RemoveAll<IOutputCacheStore>();
        services.AddSingleton<IOutputCacheStore>(provider => new TieredOutputCacheStore(
            Find(provider, cacheName), provider.GetService<TimeProvider>() ?? TimeProvider.System));
        return services;
    }

    private static TieredCache Find(IServiceProvider provider, string? name) =>
        (name is null ? provider.GetService<TieredCache>() : provider.GetKeyedService<TieredCache>(name))
        ?? throw new InvalidOperationException(name is null
            ? "AddHybridTieredOutputCache found no cache; call AddHybridTiered."
            : $"AddHybridTieredOutputCache found no cache named '{name}'; call AddKeyedHybridTiered(\"{name}\").");
}
