using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Snippets.GettingStarted;

public static class Registration
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region register
        builder.Services.AddHybridTiered();
        #endregion
    }

    public static void RegisterNamed(WebApplicationBuilder builder)
    {
        #region register-named
        builder.Services.AddKeyedHybridTiered("catalog", cache => cache.AddMemory().AddRedis("localhost:6379").UseRedisBackplane());
        #endregion
    }
}

#region inject-named
public sealed class Shelf([FromKeyedServices("catalog")] HybridCache cache)
{
    public ValueTask<int> CountAsync(string category) => cache.GetOrCreateAsync($"count:{category}", _ => ValueTask.FromResult(42));
}
#endregion

public sealed class Reading(HybridCache cache, ITieredCache tiered, Database database)
{
    public async Task<Product?> ReadAsync(int id)
    {
        #region read
        Product? product = await cache.GetOrCreateAsync(
            $"product:{id}", token => database.FindProductAsync(id, token), CacheStrategy.MediumTerm, tags: ["products"]);
        #endregion
        return product;
    }

    public async Task<bool> LookAsync(string key, int id, string[] keys, HttpResponse response)
    {
        #region look
        CacheResult<Product?> result = await tiered.GetOrCreateResultAsync(
            key, (database, id), static async (source, token) => await source.database.FindProductAsync(source.id, token));
        response.Headers["X-Cache-Tier"] = result.Source;                      // L1, L2, ..., source

        CacheResult<Product> known = await tiered.TryGetAsync<Product>(key);   // known.Found
        IReadOnlyDictionary<string, Product> many = await tiered.GetOrCreateManyAsync(keys, (missing, token) => database.FindManyAsync(missing, token));
        #endregion
        return known.Found && many.Count > 0;
    }

    public async Task InvalidateAsync(Product product)
    {
        #region invalidate
        await database.SaveAsync(product);
        await cache.RemoveAsync($"product:{product.Id}");
        await cache.RemoveByTagAsync("category:" + product.Category);
        await tiered.RemoveByPatternAsync("search:*");      // * ? [abc] [a-z] [^a] \
        await tiered.ClearAsync();                          // everything
        #endregion
    }
}

#region entry-options
public sealed class Sessions(HybridCache cache)
{
    private static readonly TieredEntryOptions Life = new()
    {
        Expiration = TimeSpan.FromHours(8),
        LocalExpiration = TimeSpan.FromMinutes(1),
        SlidingExpiration = TimeSpan.FromMinutes(20),
    };

    public ValueTask<string> FindAsync(string id, Func<CancellationToken, ValueTask<string>> load) =>
        cache.GetOrCreateAsync($"session:{id}", load, Life);
}
#endregion
