using System.Text.Json;
using HybridTiered;
using HybridTiered.Samples.NativeAot;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

// NativeAot FOLDER [REDIS]: two runs of an application on one folder, the second of which begins warm; with Redis between, if an address is given.
string? redis = args.Length > 1 ? args[1] : null;
for (int run = 1; run <= 2; run++)
{
    var services = new ServiceCollection();
    services.AddHybridTiered(cache =>
    {
        cache.AddMemory().AddDisk(args[0]);
        if (redis is not null)
            cache.AddRedis(redis).UseRedisBackplane();
    });
    services.AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<>), new JsonSerializerOptions { TypeInfoResolver = ShopContext.Default });
    await using ServiceProvider provider = services.BuildServiceProvider();

    var cache = provider.GetRequiredService<ITieredCache>();
    CacheResult<Product> product = await cache.GetOrCreateResultAsync("product:7", 7, static (id, _) => ValueTask.FromResult(new Product(id, "Blue kettle")));
    Console.WriteLine($"run {run}: {product.Value?.Name} from {product.Source}");
}
