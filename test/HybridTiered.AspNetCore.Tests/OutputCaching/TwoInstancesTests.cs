using System.Collections.Concurrent;
using HybridTiered.AspNetCore.Tests.Support;
using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.AspNetCore.Tests.OutputCaching;

/// <summary>Instances of one application on one Redis.</summary>
[TestFixture, Category("Web"), Category("Redis")]
public sealed class TwoInstancesTests
{
    private readonly ConcurrentDictionary<string, int> _renderings = new();
    private RedisServer _redis = null!;
    private WebApp _a = null!;
    private WebApp _b = null!;
    private Func<string, Task> _whileRendering = static _ => Task.CompletedTask;

    [OneTimeSetUp]
    public async Task StartRedis() => _redis = await RedisServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopRedis() => await _redis.DisposeAsync();

    [SetUp]
    public async Task Start()
    {
        _whileRendering = static _ => Task.CompletedTask;
        _a = await StartAsync();
        _b = await StartAsync();
    }

    [TearDown]
    public async Task Stop()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Test]
    public async Task What_one_has_rendered_the_other_serves()
    {
        Assert.That(await _a.GetAsync("/pages/shared"), Is.EqualTo("shared 1"));
        Assert.That(await _b.GetAsync("/pages/shared"), Is.EqualTo("shared 1"));
    }

    [Test]
    public async Task Evicting_a_tag_on_one_reaches_the_other_although_it_has_the_page_in_L1()
    {
        await _a.GetAsync("/pages/evicted");
        Assert.That(await _b.GetAsync("/pages/evicted"), Is.EqualTo("evicted 1"));

        await _a.Services.GetRequiredService<IOutputCacheStore>().EvictByTagAsync("page:evicted", default);

        Assert.That(await _a.GetAsync("/pages/evicted"), Is.EqualTo("evicted 2"));
        await Eventually.TrueAsync(async () => await _b.GetAsync("/pages/evicted") == "evicted 2", "B serves what was rendered after the eviction");
    }

    [Test]
    public async Task A_page_that_was_being_rendered_when_its_tag_was_evicted_elsewhere_is_not_stored()
    {
        await _a.GetAsync("/pages/warm");
        await _b.GetAsync("/pages/warm");
        _whileRendering = async id =>
        {
            _whileRendering = static _ => Task.CompletedTask;
            await _b.Services.GetRequiredService<IOutputCacheStore>().EvictByTagAsync("page:" + id, default);
            await Eventually.TrueAsync(
                () => _a.Cache.GetStatistics().Invalidations.Received[Invalidation.InvalidationKind.Tag] > 0, "A has heard of the eviction");
        };

        Assert.That(await _a.GetAsync("/pages/racing"), Is.EqualTo("racing 1"));

        Assert.That(await _b.GetAsync("/pages/racing"), Is.EqualTo("racing 2"));
        Assert.That(await _a.GetAsync("/pages/racing"), Is.EqualTo("racing 2"));
    }

    [Test]
    public async Task Rendering_a_page_is_no_reason_for_others_to_drop_theirs()
    {
        await _a.GetAsync("/pages/quiet");
        await _b.GetAsync("/pages/quiet");
        Assert.That(_a.Cache.GetStatistics().Invalidations.Sent.Values, Is.All.Zero);
    }

    [Test]
    public async Task Pages_survive_a_restart_on_redis()
    {
        await _a.GetAsync("/pages/kept");
        await using WebApp restarted = await StartAsync();
        Assert.That(await restarted.GetAsync("/pages/kept"), Is.EqualTo("kept 1"));
        await restarted.Services.GetRequiredService<IOutputCacheStore>().EvictByTagAsync("page:kept", default);
        await using WebApp again = await StartAsync();
        Assert.That(await again.GetAsync("/pages/kept"), Is.EqualTo("kept 2"));
    }

    [Test]
    public async Task A_change_on_one_invalidates_what_the_rules_of_http_have_stored_on_the_other()
    {
        Assert.That((await _a.GetAsync("/http/1"), await _b.GetAsync("/http/1")), Is.EqualTo(("1 1", "1 1")));

        await _a.SendAsync("PUT", "/http/1");

        Assert.That(await _a.GetAsync("/http/1"), Is.EqualTo("1 2"));
        await Eventually.TrueAsync(async () => await _b.GetAsync("/http/1") == "1 2", "B serves the new state");
    }

    private Task<WebApp> StartAsync() => WebApp.StartAsync(
        services => services
            .AddHybridTiered(cache => cache.AddMemory().AddRedis(_redis.EndPoint).UseRedisBackplane())
            .AddHybridTieredOutputCache()
            .AddOutputCache(options => options.AddHttpCaching()),
        app =>
        {
            app.UseOutputCache();
            app.MapGet("/pages/{id}", async (string id, HttpContext context) =>
            {
                context.Features.Get<IOutputCacheFeature>()!.Context.Tags.Add("page:" + id);
                int number = _renderings.AddOrUpdate(id, 1, static (_, n) => n + 1);
                await _whileRendering(id);
                return $"{id} {number}";
            }).CacheOutput(policy => policy.Expire(TimeSpan.FromMinutes(10)));
            app.MapGet("/http/{id}", (string id, HttpResponse response) =>
            {
                response.Headers.CacheControl = "max-age=600";
                return $"{id} {_renderings.AddOrUpdate("http" + id, 1, static (_, n) => n + 1)}";
            });
            app.MapPut("/http/{id}", () => "changed");
        });
}
