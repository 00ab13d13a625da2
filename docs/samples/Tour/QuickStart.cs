using HybridTiered;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace Tour;

/// <summary>The least there is to it: register, read, read again, invalidate.</summary>
internal static class QuickStart
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        await using ServiceProvider services = new ServiceCollection().AddHybridTiered(cache => cache.AddMemory()).BuildServiceProvider();
        HybridCache cache = services.GetRequiredService<HybridCache>();

        for (int i = 1; i <= 3; i++)
            await output.WriteLineAsync($"read {i}: {await ReadAsync(cache, output)}");
        await cache.RemoveAsync("greeting");
        await output.WriteLineAsync($"after the removal: {await ReadAsync(cache, output)}");

        CacheStatistics statistics = services.GetRequiredService<ITieredCache>().GetStatistics();
        await output.WriteLineAsync($"{statistics.Requests} requests, {statistics.FactoryCalls} computations");
    }

    private static ValueTask<string> ReadAsync(HybridCache cache, TextWriter output) => cache.GetOrCreateAsync("greeting", async _ =>
    {
        await output.WriteLineAsync("  (computing)");
        return "hello";
    });
}
