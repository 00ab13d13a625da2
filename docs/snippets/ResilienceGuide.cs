using System.Net;
using System.Net.Http.Headers;
using HybridTiered.Flights;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Snippets.ResilienceGuide;

#region options
public sealed class Prices(HybridCache cache, ITieredCache tiered, PriceService service)
{
    private static readonly TieredEntryOptions Options = new()
    {
        Expiration = TimeSpan.FromMinutes(5),
        FailSafeMaxDuration = TimeSpan.FromHours(6),           // expired values are kept that long, for when the source fails
        FailSafeThrottle = TimeSpan.FromSeconds(30),           // and served for that long before the source is asked again
        FactorySoftTimeout = TimeSpan.FromMilliseconds(200),   // callers wait no longer where there is an expired value
        FactoryHardTimeout = TimeSpan.FromSeconds(10),         // and no longer than this where there is none
        EagerRefresh = 0.8,                                    // after 4 of 5 minutes a hit starts the next computation
        Jitter = 0.1,                                          // entries made together expire up to 10 % apart
    };

    public ValueTask<decimal> FindAsync(int id) => cache.GetOrCreateAsync($"price:{id}", token => service.LoadAsync(id, token), Options);

    public async Task<(decimal Price, bool IsStale)> FindResultAsync(int id)
    {
        CacheResult<decimal> result = await tiered.GetOrCreateResultAsync(
            $"price:{id}", (service, id), static (source, token) => source.service.LoadAsync(source.id, token), Options);
        return (result.Value, result.IsStale);
    }
}
#endregion

public sealed class PriceService
{
    public ValueTask<decimal> LoadAsync(int id, CancellationToken cancellationToken) => ValueTask.FromResult(id * 1.5m);
}

public sealed class Adaptive(HybridCache cache, Database database, HttpClient http)
{
    public async Task<Product?> ByValueAsync(int id)
    {
        #region adaptive
        Product? product = await cache.GetOrCreateAsync($"product:{id}", async token =>
        {
            FactoryContext entry = FactoryContext.Current!;
            Product? found = await database.FindProductAsync(id, token);
            if (found is null)
                entry.Options = new TieredEntryOptions { Expiration = TimeSpan.FromSeconds(10) };   // "not there" is believed for a short time
            else if (found.Price == 0)
                entry.DoNotStore();                                                                 // callers get it, no tier does
            return found;
        });
        #endregion
        return product;
    }

    public async Task<string?> ConditionalAsync(Uri uri)
    {
        #region not-modified
        string? page = await cache.GetOrCreateAsync($"page:{uri}", async token =>
        {
            FactoryContext entry = FactoryContext.Current!;
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            if (entry is { HasPrevious: true, PreviousETag: { } known })
                request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Parse(known));
            using HttpResponseMessage response = await http.SendAsync(request, token);
            if (response.StatusCode == HttpStatusCode.NotModified)
                return entry.NotModified<string>();
            if (!response.IsSuccessStatusCode)
                entry.Fail($"the server answered {response.StatusCode}");                           // fail-safe, without an exception
            entry.ETag = response.Headers.ETag?.ToString();
            return await response.Content.ReadAsStringAsync(token);
        }, new TieredEntryOptions { FailSafeMaxDuration = TimeSpan.FromDays(1) });
        #endregion
        return page;
    }
}

public static class Registration
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region tier-options
        builder.Services.AddHybridTiered(cache => cache
            .AddRedis("localhost:6379", redis =>
            {
                redis.HardTimeout = TimeSpan.FromMilliseconds(500);   // default 2 s
                redis.SoftTimeout = TimeSpan.FromMilliseconds(50);    // where an expired value is at hand
                redis.BreakDuration = TimeSpan.FromSeconds(5);        // default 2 s
                redis.FailureRatio = 0.3;                             // default 0.5
                redis.MinimumCalls = 20;                              // default 10, within FailureWindow (10 s)
                redis.WriteBehind = true;                             // SetAsync does not wait for Redis
            })
            .UseRedisBackplane());
        #endregion
    }
}
