using HybridTiered.Configuration;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HybridTiered.Benchmarks.Workloads;

/// <summary>Caches of so many tiers. Those below L1 are in memory too, so that what is measured is the cache and not a network.</summary>
internal static class Caches
{
    public static ServiceProvider OfTiers(int tiers) => new ServiceCollection()
        .AddHybridTiered(cache =>
        {
            cache.AddMemory();
            for (int level = 2; level <= tiers; level++)
                AddTier(cache, level);
        })
        .BuildServiceProvider();

    private static void AddTier(HybridTieredBuilder cache, int level) => cache.AddDistributedCache(
        static _ => new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions { SizeLimit = 1L << 30 })),
        tier => tier.Name = $"tier {level}");
}
