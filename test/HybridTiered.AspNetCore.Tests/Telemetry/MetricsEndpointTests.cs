using System.Net.Http.Headers;
using HybridTiered.AspNetCore.Tests.Dashboard;

namespace HybridTiered.AspNetCore.Tests.Telemetry;

[Category("Web")]
public sealed class MetricsEndpointTests
{
    [Test]
    public async Task A_scrape_tells_what_the_cache_of_this_application_has_done()
    {
        await using DashboardApp app = await DashboardApp.StartAsync();
        await using DashboardApp other = await DashboardApp.StartAsync();
        for (int i = 0; i < 3; i++)
            await app.Cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("value"));
        await other.Cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("value"));

        (string text, string type) = await ScrapeAsync(app);
        Exposition scraped = Exposition.Parse(text);

        Assert.Multiple(() =>
        {
            Assert.That(type, Is.EqualTo("text/plain; version=0.0.4; charset=utf-8"));
            Assert.That(scraped.Value("hybridtiered_requests_total", ("hybridtiered_result", "l1_hit"), ("hybridtiered_cache_name", "default")), Is.EqualTo(2));
            Assert.That(scraped.Value("hybridtiered_requests_total", ("hybridtiered_result", "miss")), Is.EqualTo(1));
            Assert.That(scraped.Value("hybridtiered_factory_duration_seconds_count"), Is.EqualTo(1), "other applications in the process are not ours");
            Assert.That(scraped.Value("hybridtiered_factory_duration_seconds_bucket", ("le", "+Inf")), Is.EqualTo(1));
            Assert.That(scraped.Types["hybridtiered_tier_size_bytes"], Is.EqualTo("gauge"));
            Assert.That(scraped.Samples.Select(s => s.Labels["hybridtiered_cache_name"]), Has.All.EqualTo("default"));
        });
    }

    [Test]
    public async Task Whoever_prefers_OpenMetrics_gets_it()
    {
        await using DashboardApp app = await DashboardApp.StartAsync();
        await app.Cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("value"));

        // What Prometheus sends.
        (string text, string type) = await ScrapeAsync(app, "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2");
        (_, string plain) = await ScrapeAsync(app, "application/openmetrics-text;q=0.1,text/plain");

        Assert.Multiple(() =>
        {
            Assert.That(type, Is.EqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8"));
            Assert.That(Exposition.Parse(text, openMetrics: true).Value("hybridtiered_factory_calls_total"), Is.EqualTo(1));
            Assert.That(plain, Does.StartWith("text/plain"));
        });
    }

    [Test]
    public async Task Two_scrapes_in_a_row_tell_the_same_and_no_series_twice()
    {
        await using DashboardApp app = await DashboardApp.StartAsync();
        await app.Cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("value"));

        (string first, _) = await ScrapeAsync(app);
        (string second, _) = await ScrapeAsync(app);

        string[] series = [.. second.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..line.LastIndexOf(' ')])];
        Assert.Multiple(() =>
        {
            Assert.That(second, Is.EqualTo(first));
            Assert.That(series, Is.Unique);
        });
    }

    [Test]
    public async Task Scrapes_at_the_same_time_each_tell_everything()
    {
        await using DashboardApp app = await DashboardApp.StartAsync();
        await app.Cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("value"));

        (string Text, string Type)[] scrapes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ScrapeAsync(app)));

        Assert.That(scrapes.Select(scrape => scrape.Text).Distinct().Count(), Is.EqualTo(1));
    }

    private static async Task<(string Text, string Type)> ScrapeAsync(DashboardApp app, string? accept = null)
    {
        using var client = new HttpClient { BaseAddress = app.Address };
        if (accept is not null)
        {
            foreach (string type in accept.Split(','))
                client.DefaultRequestHeaders.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(type));
        }
        using HttpResponseMessage answer = await client.GetAsync("/metrics");
        return (await answer.Content.ReadAsStringAsync(), answer.Content.Headers.GetValues("Content-Type").Single());
    }
}
