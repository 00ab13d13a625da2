using HybridTiered;
using HybridTiered.Invalidation;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Tour;

/// <summary>Two instances of an application, each with its own memory. What one invalidates, the other does not serve any more.</summary>
internal static class AcrossInstances
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        // Without a server, these two stand for one.
        var backplane = new InProcessBackplane();
        var stand = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        await using ServiceProvider one = Start(redis, backplane, stand);
        await using ServiceProvider two = Start(redis, backplane, stand);
        ITieredCache a = one.GetRequiredService<ITieredCache>(), b = two.GetRequiredService<ITieredCache>();
        TieredCache writer = one.GetRequiredService<TieredCache>();
        string key = "stock:" + Guid.NewGuid(), tag = "warehouse:" + Guid.NewGuid();

        await ConnectAsync(a);
        await ConnectAsync(b);
        await ChangeAsync("A sets 10", InvalidationKind.Key, () => writer.SetAsync(key, 10, tags: [tag]));
        await ShowAsync("B reads again");

        await ChangeAsync("A sets 9", InvalidationKind.Key, () => writer.SetAsync(key, 9, tags: [tag]));
        await ChangeAsync("A removes it", InvalidationKind.Key, () => writer.RemoveAsync(key));
        await ChangeAsync("A pushes 8", InvalidationKind.Update, () => a.UpdateAsync(key, 8, tags: [tag]));
        await ChangeAsync("A removes the tag", InvalidationKind.Tag, () => writer.RemoveByTagAsync(tag));
        await ChangeAsync("A pushes 7", InvalidationKind.Update, () => a.UpdateAsync(key, 7));
        await ChangeAsync("A removes by pattern", InvalidationKind.Pattern, () => a.RemoveByPatternAsync("stock:*"));

        async Task ShowAsync(string what)
        {
            CacheResult<int> result = await b.TryGetAsync<int>(key);
            await output.WriteLineAsync($"{what}: {(result.Found ? result.Value : "nothing")} from {result.Source}");
        }

        async Task ChangeAsync(string what, InvalidationKind kind, Func<ValueTask> change)
        {
            long before = Received();
            await change();
            // The message is on its way; a pushed value may come as a removal where the tier gives no versions.
            while (Received() == before)
                await Task.Delay(1);
            await ShowAsync($"{what} ({kind}); B reads");
        }

        long Received() => b.GetStatistics().Invalidations.Received.Values.Sum();
    }

    // A host connects when it starts; here the first call does. What is set before stays in the memory of its instance.
    private static async Task ConnectAsync(ITieredCache cache)
    {
        await cache.TryGetAsync<int>("connect");
        while (!cache.GetStatistics().Invalidations.IsConnected)
            await Task.Delay(1);
    }

    private static ServiceProvider Start(string? redis, InProcessBackplane backplane, IDistributedCache stand) => new ServiceCollection()
        .AddHybridTiered(cache => _ = redis is null
            ? cache.AddDistributedCache(_ => stand).UseInProcessBackplane(backplane)
            : cache.AddRedis(redis).UseRedisBackplane())
        .BuildServiceProvider();
}
