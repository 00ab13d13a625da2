using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Configuration;

/// <summary>Finds the application's own <see cref="IDistributedCache"/> among those that are registered.</summary>
internal static class ForeignDistributedCache
{
    /// <summary>The last one registered before a face of ours, else the last one registered after.</summary>
    public static IDistributedCache? Find(IServiceProvider services)
    {
        // Making our own faces here is safe: they touch the cache behind them only when they are used.
        IDistributedCache[] all = [.. services.GetServices<IDistributedCache>()];
        int own = Array.FindIndex(all, c => c is TieredDistributedCache);
        IEnumerable<IDistributedCache> before = own < 0 ? all : all.Take(own);
        return before.LastOrDefault() ?? all.LastOrDefault(c => c is not TieredDistributedCache);
    }

    /// <summary>Whether a cache is the framework's stand-in that keeps everything in this process, which a second tier would gain nothing from.</summary>
    public static bool IsMemory(IDistributedCache cache) =>
        cache.GetType().FullName == "Microsoft.Extensions.Caching.Distributed.MemoryDistributedCache";
}
