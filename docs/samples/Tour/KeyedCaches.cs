using HybridTiered;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Tour;

/// <summary>Two named caches on one back end. Each has its own memory, options and key prefix, so the same key means two things.</summary>
internal static class KeyedCaches
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        var shared = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        await using ServiceProvider services = new ServiceCollection()
            .AddKeyedHybridTiered("catalogue", cache => cache
                .AddMemory(memory => memory.SizeLimit = 64 * 1024 * 1024)
                .AddDistributedCache(_ => shared)
                .Configure(options => options.DefaultExpiration = TimeSpan.FromHours(12)))
            .AddKeyedHybridTiered("sessions", cache => cache
                .AddDistributedCache(_ => shared)
                .Configure(options => options.DefaultSlidingExpiration = TimeSpan.FromMinutes(20)))
            .AddSingleton<Shop>()
            .BuildServiceProvider();

        await services.GetRequiredService<Shop>().RunAsync(output);
        foreach (string name in new[] { "catalogue", "sessions" })
            await output.WriteLineAsync($"{name}:42 in the shared tier: {(await shared.GetAsync(name + ":42") is null ? "no" : "yes")}");
    }

    internal sealed class Shop([FromKeyedServices("catalogue")] HybridCache catalogue, [FromKeyedServices("sessions")] HybridCache sessions)
    {
        public async Task RunAsync(TextWriter output)
        {
            await catalogue.SetAsync("42", "a spade");
            await sessions.SetAsync("42", "a customer");
            await output.WriteLineAsync($"42 in the catalogue is {await ReadAsync(catalogue)}");
            await output.WriteLineAsync($"42 in the sessions is {await ReadAsync(sessions)}");
            await catalogue.RemoveByTagAsync("*");
            await output.WriteLineAsync($"after the catalogue was cleared, 42 in it is {await ReadAsync(catalogue)}, and in the sessions {await ReadAsync(sessions)}");
            await catalogue.SetAsync("42", "a spade");
        }

        private static ValueTask<string> ReadAsync(HybridCache cache) => cache.GetOrCreateAsync("42", _ => ValueTask.FromResult("unknown"), new TieredEntryOptions
        {
            Flags = HybridCacheEntryFlags.DisableLocalCacheWrite | HybridCacheEntryFlags.DisableDistributedCacheWrite,
        });
    }
}
