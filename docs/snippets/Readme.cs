using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Snippets.Readme;

public static class Registration
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region register
        builder.Services.AddHybridTiered(cache => cache
            .AddMemory(memory => memory.SizeLimit = 256 * 1024 * 1024)   // bytes
            .AddRedis("localhost:6379", tier => tier.TtlScale = 2)       // lives twice as long there
            .UseRedisBackplane());                                       // the other instances hear of every invalidation
        #endregion
    }
}

#region products
public sealed class Products(HybridCache cache, Database database)
{
    public ValueTask<Product?> FindAsync(int id, CancellationToken cancellationToken) => cache.GetOrCreateAsync(
        $"product:{id}", token => database.FindProductAsync(id, token), tags: ["products"], cancellationToken: cancellationToken);

    public async Task SaveAsync(Product product)
    {
        await database.SaveAsync(product);              // the source first,
        await cache.RemoveByTagAsync("products");       // then what was made of it, entries and pages, at every instance
    }
}
#endregion

#region sessions
public sealed class Basket(IDistributedCache cache)
{
    private static readonly DistributedCacheEntryOptions Life = new() { SlidingExpiration = TimeSpan.FromMinutes(20) };

    public Task<byte[]?> LoadAsync(string id) => cache.GetAsync("basket:" + id);

    public Task SaveAsync(string id, byte[] content) => cache.SetAsync("basket:" + id, content, Life);
}
#endregion

public static class Pages
{
    public static void Run(WebApplicationBuilder builder)
    {
        #region output-cache
        builder.Services.AddOutputCache();
        builder.Services.AddHybridTieredOutputCache();      // beside AddHybridTiered

        WebApplication app = builder.Build();
        app.UseOutputCache();
        app.MapGet("/products/{id:int}", (int id, Products products, CancellationToken token) => products.FindAsync(id, token))
            .CacheOutput(policy => policy.Expire(TimeSpan.FromMinutes(1)).Tag("products"));
        #endregion
    }
}
