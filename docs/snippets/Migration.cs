using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Streams;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Snippets.Migration;

public static class FromAddHybridCache
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region hybrid-cache
        builder.Services.AddStackExchangeRedisCache(redis => redis.Configuration = "localhost:6379");
        builder.Services.AddHybridTiered();
        #endregion
    }

    public static void RegisterRedis(WebApplicationBuilder builder)
    {
        #region hybrid-cache-redis
        builder.Services.AddHybridTiered(cache => cache
            .AddRedis("localhost:6379")
            .UseRedisBackplane()
            .Configure(options =>
            {
                options.DefaultExpiration = TimeSpan.FromMinutes(10);
                options.DefaultLocalExpiration = TimeSpan.FromMinutes(2);
                options.MaximumPayloadBytes = 2 * 1024 * 1024;
            }));
        #endregion
    }

    public static void RegisterKeyed(WebApplicationBuilder builder)
    {
        #region hybrid-cache-keyed
        builder.Services.AddKeyedHybridTiered("catalog", cache => cache.AddRedis("localhost:6379").UseRedisBackplane());
        #endregion
    }
}

public static class FromRedisCache
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region redis-cache
        builder.Services.AddHybridTiered(cache => cache
            .AddRedis("localhost:6379", redis => redis.InstanceName = "shop:")   // as RedisCacheOptions.InstanceName
            .UseRedisBackplane());
        #endregion
    }
}

public static class FromFusionCache
{
    #region fusion-options
    private static readonly TieredEntryOptions Options = new()
    {
        Expiration = TimeSpan.FromMinutes(1),
        FailSafeMaxDuration = TimeSpan.FromHours(2),
        FailSafeThrottle = TimeSpan.FromSeconds(30),
        FactorySoftTimeout = TimeSpan.FromMilliseconds(100),
        FactoryHardTimeout = TimeSpan.FromMilliseconds(1500),
        TierSoftTimeout = TimeSpan.FromSeconds(1),
        TierHardTimeout = TimeSpan.FromSeconds(2),
        EagerRefresh = 0.9,
        Jitter = 0.05,
    };
    #endregion

    public static ValueTask<Product?> FindAsync(HybridCache cache, Database database, int id) =>
        cache.GetOrCreateAsync($"product:{id}", token => database.FindProductAsync(id, token), Options);

    public static void Register(WebApplicationBuilder builder)
    {
        #region fusion-register
        builder.Services.AddHybridTiered(cache => cache
            .AddRedis("localhost:6379")
            .UseRedisBackplane()
            .Configure(options =>
            {
                options.DefaultExpiration = TimeSpan.FromSeconds(30);
                options.DefaultFailSafeMaxDuration = TimeSpan.FromDays(1);
            }));
        #endregion
    }
}

public static class FromTheCrate
{
    public static async Task UseAsync(HybridCache cache, ITieredCache tiered, Database database, Product product)
    {
        #region crate-calls
        Product? found = await cache.GetOrCreateAsync(
            "product:42", token => database.FindProductAsync(42, token), CacheStrategy.MediumTerm);
        CacheResult<Product> known = await tiered.TryGetAsync<Product>("product:42");

        await cache.SetAsync("product:42", product, CacheStrategy.ShortTerm);
        await tiered.UpdateAsync("product:42", product, CacheStrategy.ShortTerm);   // pushed into every instance's L1
        await cache.RemoveAsync("product:42");
        await tiered.RemoveByPatternAsync("product:*");
        #endregion
    }

    public static void RegisterStreams(WebApplicationBuilder builder)
    {
        #region crate-streams-register
        builder.Services.AddSingleton(_ => new RedisConnection("redis://localhost:6379"));
        builder.Services.AddSingleton<IEventStream>(services => new RedisEventStream(
            services.GetRequiredService<RedisConnection>(), new RedisEventStreamOptions { MaximumLength = 10_000 }));
        #endregion
    }

    public static async Task StreamAsync(IEventStream streams, CancellationToken token)
    {
        #region crate-streams
        await streams.PublishAsync("orders", [new EventField("id", "42")], token);
        IReadOnlyList<StreamEvent> latest = await streams.ReadLatestAsync("orders", maximum: 10, token);
        await foreach (StreamEvent order in streams.ReadAfterAsync("orders", latest[0].Id, token))
            Console.WriteLine(order["id"]);
        #endregion
    }
}
