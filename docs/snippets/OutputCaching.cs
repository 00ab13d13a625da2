namespace HybridTiered.Snippets.OutputCaching;

public static class Pages
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region register
        builder.Services.AddHybridTiered(cache => cache.AddMemory().AddRedis("localhost:6379").UseRedisBackplane());
        builder.Services.AddHybridTieredOutputCache();      // before or after AddOutputCache
        builder.Services.AddOutputCache();
        #endregion
    }

    public static void Map(WebApplication app)
    {
        #region map
        app.UseOutputCache();
        app.MapGet("/shop/products/{id}", ShowProductAsync).CacheOutput(policy => policy.Expire(TimeSpan.FromMinutes(10)).Tag("products"));
        #endregion
    }

    public static void RegisterHttpCaching(WebApplicationBuilder builder)
    {
        #region http-caching
        builder.Services.AddOutputCache(options => options.AddHttpCaching());                // the whole application
        builder.Services.AddOutputCache(options => options.AddHttpCachingPolicy("http"));    // endpoints that say [OutputCache(PolicyName = "http")]
        #endregion
    }

    public static void RegisterHealth(WebApplicationBuilder builder, WebApplication app)
    {
        #region health
        builder.Services.AddHealthChecks().AddHybridTiered();                        // and .AddKeyedHybridTiered("pages")
        app.MapHealthChecks("/health");
        #endregion
    }

    private static Task ShowProductAsync(HttpContext context) => context.Response.WriteAsync("a product");
}
