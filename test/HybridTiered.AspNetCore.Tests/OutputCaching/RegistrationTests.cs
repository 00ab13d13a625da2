using HybridTiered.AspNetCore.HttpCaching;
using HybridTiered.AspNetCore.OutputCaching;
using HybridTiered.AspNetCore.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.AspNetCore.Tests.OutputCaching;

[TestFixture, Category("Web")]
public sealed class RegistrationTests
{
    [TestCase(true)]
    [TestCase(false)]
    public async Task The_store_is_ours_whether_it_is_added_before_or_after_the_output_cache(bool before)
    {
        var services = new ServiceCollection();
        if (before)
            services.AddHybridTieredOutputCache().AddHybridTiered(_ => { }).AddOutputCache();
        else
            services.AddOutputCache().AddHybridTiered(_ => { }).AddHybridTieredOutputCache();
        await using ServiceProvider provider = services.BuildServiceProvider();

        Assert.That(provider.GetServices<IOutputCacheStore>().Single(), Is.InstanceOf<TieredOutputCacheStore>());
    }

    [Test]
    public async Task A_named_cache_can_keep_the_pages()
    {
        await using ServiceProvider provider = new ServiceCollection().AddHybridTiered(_ => { }).AddKeyedHybridTiered("pages", _ => { })
            .AddHybridTieredOutputCache("pages").BuildServiceProvider();
        await provider.GetRequiredService<IOutputCacheStore>().SetAsync("key", [1], null, TimeSpan.FromMinutes(1), default);

        Assert.That(provider.GetRequiredKeyedService<TieredCache>("pages").GetStatistics().Tiers[0].Entries, Is.EqualTo(1));
        Assert.That(provider.GetRequiredService<TieredCache>().GetStatistics().Tiers[0].Entries, Is.Zero);
    }

    [TestCase(null, "AddHybridTiered.")]
    [TestCase("pages", "AddKeyedHybridTiered(\"pages\")")]
    public async Task A_cache_that_is_missing_is_asked_for(string? name, string advice)
    {
        await using ServiceProvider provider = new ServiceCollection().AddHybridTieredOutputCache(name).BuildServiceProvider();
        Assert.That(provider.GetRequiredService<IOutputCacheStore>, Throws.InvalidOperationException.With.Message.Contains(advice));
    }

    [Test]
    public async Task Http_caching_over_another_store_is_refused()
    {
        await using WebApp app = await WebApp.StartAsync(
            services => services.AddOutputCache(options => options.AddHttpCaching()),
            app =>
            {
                app.UseOutputCache();
                app.MapGet("/", () => "page");
            });

        using HttpResponseMessage response = await app.Client.GetAsync(new Uri("/", UriKind.Relative));

        Assert.That((int)response.StatusCode, Is.EqualTo(500));
    }

    [Test]
    public async Task An_endpoint_with_rules_of_its_own_follows_those_alone()
    {
        int own = 0;
        int http = 0;
        await using WebApp app = await WebApp.StartAsync(
            services => services.AddHybridTiered(_ => { }).AddHybridTieredOutputCache().AddOutputCache(options => options.AddHttpCaching()),
            app =>
            {
                app.UseOutputCache();
                app.MapGet("/own", () => $"{++own}").CacheOutput(policy => policy.Expire(TimeSpan.FromMinutes(1)));
                app.MapGet("/http", () => $"{++http}");
            });

        Assert.That((await app.GetAsync("/own"), await app.GetAsync("/own")), Is.EqualTo(("1", "1")));
        Assert.That((await app.GetAsync("/http"), await app.GetAsync("/http")), Is.EqualTo(("1", "2")));
    }

    [Test]
    public async Task An_endpoint_can_choose_the_rules_of_http()
    {
        int chosen = 0;
        int typed = 0;
        int others = 0;
        await using WebApp app = await WebApp.StartAsync(
            services => services.AddHybridTiered(_ => { }).AddHybridTieredOutputCache().AddOutputCache(options => options.AddHttpCachingPolicy("http")),
            app =>
            {
                app.UseOutputCache();
                app.MapGet("/attribute", [OutputCache(PolicyName = "http")] (HttpResponse response) => Answer(response, ++chosen));
                app.MapGet("/type", (HttpResponse response) => Answer(response, ++typed)).CacheOutput(policy => policy.AddPolicy<HttpCachingPolicy>());
                app.MapGet("/others", (HttpResponse response) => Answer(response, ++others));
            });

        Assert.That((await app.GetAsync("/attribute"), await app.GetAsync("/attribute")), Is.EqualTo(("1", "1")));
        Assert.That((await app.GetAsync("/type"), await app.GetAsync("/type")), Is.EqualTo(("1", "1")));
        Assert.That((await app.GetAsync("/others"), await app.GetAsync("/others")), Is.EqualTo(("1", "2")));

        static string Answer(HttpResponse response, int number)
        {
            response.Headers.CacheControl = "max-age=60";
            return $"{number}";
        }
    }
}
