using HybridTiered;
using HybridTiered.Configuration;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Tour;

/// <summary>Memory, disk, and a tier that everybody shares. The application starts three times, the last time on another machine.</summary>
internal static class MultiTier
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        // Without a server, this stands for one.
        var stand = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        DirectoryInfo here = Directory.CreateTempSubdirectory("tour-"), elsewhere = Directory.CreateTempSubdirectory("tour-");
        string key = "report:" + Guid.NewGuid();
        try
        {
            foreach ((string start, DirectoryInfo folder) in new[] { ("first start", here), ("restart", here), ("another machine", elsewhere) })
            {
                await using ServiceProvider services = Start(folder.FullName, redis, stand);
                ITieredCache cache = services.GetRequiredService<ITieredCache>();
                for (int i = 0; i < 2; i++)
                {
                    CacheResult<string> result = await cache.GetOrCreateResultAsync(key, 0, static (_, _) => ValueTask.FromResult("forty pages"));
                    await output.WriteLineAsync($"{start}: {result.Value} from {result.Source}");
                }
            }
        }
        finally
        {
            here.Delete(recursive: true);
            elsewhere.Delete(recursive: true);
        }
    }

    private static ServiceProvider Start(string folder, string? redis, IDistributedCache stand) => new ServiceCollection()
        .AddHybridTiered(cache =>
        {
            cache.AddMemory().AddDisk(folder, disk => disk.CopyFrom(TierOptions.L2));
            if (redis is null)
                cache.AddDistributedCache(_ => stand, shared => shared.TtlScale = 2);
            else
                cache.AddRedis(redis, shared => shared.TtlScale = 2).UseRedisBackplane();
        })
        .BuildServiceProvider();
}
