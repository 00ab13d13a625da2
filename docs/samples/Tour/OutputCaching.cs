using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tour;

/// <summary>Whole pages in the tiers: rendered once, evicted together with the data they show, by the same tag.</summary>
internal static class OutputCaching
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddHybridTiered(cache => cache.AddMemory());
        builder.Services.AddOutputCache();
        builder.Services.AddHybridTieredOutputCache();

        await using WebApplication app = builder.Build();
        int rendered = 0;
        app.UseOutputCache();
        app.MapGet("/products", () => Results.Text($"page, rendered {++rendered} x"))
            .CacheOutput(policy => policy.Expire(TimeSpan.FromMinutes(10)).Tag("products"));
        await app.StartAsync();

        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        await output.WriteLineAsync($"first request: {await client.GetStringAsync("products")}");
        await output.WriteLineAsync($"second request: {await client.GetStringAsync("products")}");
        await app.Services.GetRequiredService<HybridCache>().RemoveByTagAsync("products");
        await output.WriteLineAsync($"after the tag was removed: {await client.GetStringAsync("products")}");
        await app.StopAsync();
    }
}
