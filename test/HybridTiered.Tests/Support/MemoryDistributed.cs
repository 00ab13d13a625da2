using HybridTiered.Tiers.Adapters;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace HybridTiered.Tests.Support;

/// <summary>The framework's <see cref="MemoryDistributedCache"/> on a clock that the test moves.</summary>
internal static class MemoryDistributed
{
    public static MemoryDistributedCache CreateCache(TimeProvider time) =>
        new(Options.Create(new MemoryDistributedCacheOptions { Clock = new ManualSystemClock(time) }));

    public static DistributedCacheTier CreateTier(TimeProvider time) => new(CreateCache(time));
}
