using HybridTiered;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

// A stranger's program: two runs of an application on one folder, the second of which begins warm.
for (int run = 1; run <= 2; run++)
{
    var services = new ServiceCollection();
    services.AddHybridTiered(cache => cache.AddMemory().AddDisk(args[0]));
    services.AddOutputCache();
    services.AddHybridTieredOutputCache();
    await using ServiceProvider provider = services.BuildServiceProvider();

    var plain = provider.GetRequiredService<HybridCache>();
    var tiered = provider.GetRequiredService<ITieredCache>();
    CacheResult<string> first = await tiered.GetOrCreateResultAsync("greeting", "hello", static (text, _) => ValueTask.FromResult(text));
    string again = await plain.GetOrCreateAsync("greeting", static _ => ValueTask.FromResult("not asked"));
    Console.WriteLine($"run {run}: {first.Value} from {first.Source}, then {again}; pages in {provider.GetRequiredService<IOutputCacheStore>().GetType().Namespace}");
}

// What needs a server is registered, not asked.
var remote = new ServiceCollection();
remote.AddHybridTiered(cache => cache.AddMemory().AddRedis("localhost:6379").AddMemcached("localhost:11211").UseRedisBackplane());
Console.WriteLine($"remote: {remote.Any(service => service.ServiceType == typeof(HybridCache))}");
