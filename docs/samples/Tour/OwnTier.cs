using CustomTier;
using HybridTiered;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace Tour;

/// <summary>A tier of one's own: the folder of the sample CustomTier, which two machines share, and nothing else.</summary>
internal static class OwnTier
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tour-");
        try
        {
            await using (ServiceProvider one = Start(folder.FullName))
                await ReadAsync("one machine", one);
            await using ServiceProvider other = Start(folder.FullName);
            await ReadAsync("another", other);

            await other.GetRequiredService<HybridCache>().RemoveAsync("report");
            await ReadAsync("after the removal", other);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        async Task ReadAsync(string who, IServiceProvider services)
        {
            ITieredCache cache = services.GetRequiredService<ITieredCache>();
            CacheResult<string> result = await cache.GetOrCreateResultAsync("report", 0, static (_, _) => ValueTask.FromResult("forty pages"));
            await output.WriteLineAsync($"{who}: {result.Value} from {result.Source}");
        }
    }

    private static ServiceProvider Start(string folder) =>
        new ServiceCollection().AddHybridTiered(cache => cache.AddFolder(folder)).BuildServiceProvider();
}
