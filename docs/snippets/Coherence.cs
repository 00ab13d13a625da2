using HybridTiered.Chain;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Snippets.Coherence;

public sealed class Saving(HybridCache cache, Database database, ILogger<Saving> logger)
{
    #region save
    public async Task SaveAsync(Product product)
    {
        await database.SaveAsync(product);                  // the source first
        try
        {
            await cache.RemoveAsync($"product:{product.Id}");
        }
        catch (InvalidationIncompleteException e)
        {
            // Clean here; Redis or the others will follow, without our doing.
            logger.LogWarning(e, "An invalidation is still under way.");
        }
    }
    #endregion
}

public static class Registration
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region outage
        builder.Services.AddHybridTiered(cache => cache
            .AddRedis("localhost:6379")
            .UseRedisBackplane()
            .Configure(options =>
            {
                options.WhileDisconnected = OutageMode.ServeRecentL1;
                options.DisconnectedMaxAge = TimeSpan.FromSeconds(20);
            }));
        #endregion
    }
}
