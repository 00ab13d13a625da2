using System.Text.Json;
using HybridTiered.AspNetCore.Tests.Support;
using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HybridTiered.AspNetCore.Tests.Health;

[TestFixture, Category("Web"), Category("Redis")]
public sealed class HealthOverHttpTests
{
    [Test]
    public async Task Health_follows_a_redis_that_goes_and_comes_back_while_the_application_serves()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using WebApp app = await WebApp.StartAsync(
            services => services.AddHybridTiered(cache => cache.AddMemory().AddRedis(redis.EndPoint).UseRedisBackplane())
                .AddHealthChecks().AddHybridTiered(configure: o => o.ProbeTimeout = TimeSpan.FromMilliseconds(500)),
            app =>
            {
                app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = WriteAsync });
                app.MapGet("/page/{id}", async (string id, HybridCache cache) => await cache.GetOrCreateAsync(id, _ => ValueTask.FromResult(id)));
            });
        await Eventually.TrueAsync(async () => (await ReadAsync(app)).Status == "Healthy", "the cache is healthy");
        Assert.That((await ReadAsync(app)).Data.GetProperty("backplane.connected").GetBoolean(), Is.True);
        Assert.That((await ReadAsync(app)).Data.GetProperty("journal.lagSeconds").GetDouble(), Is.LessThan(30));

        redis.Kill();

        await Eventually.TrueAsync(
            async () => await ReadAsync(app) is { Status: "Degraded" } health
                && !health.Data.GetProperty("tier.redis.answers").GetBoolean() && !health.Data.GetProperty("backplane.connected").GetBoolean(),
            "the check says what is broken");
        Assert.That(await app.GetAsync("/page/1"), Is.EqualTo("1"));

        await redis.StartAsync();

        await Eventually.TrueAsync(async () => (await ReadAsync(app)).Status == "Healthy", "the cache is healthy again");
    }

    private static async Task<(string Status, JsonElement Data)> ReadAsync(WebApp app)
    {
        using HttpResponseMessage response = await app.Client.GetAsync(new Uri("/health", UriKind.Relative));
        JsonElement health = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
        return (health.GetProperty("status").GetString()!, health.GetProperty("data"));
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        data = report.Entries["hybridtiered"].Data,
    });
}
