using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace HybridTiered.AspNetCore.Tests.Dashboard;

/// <summary>What the dashboard looks like while two instances on Redis and disk are busy.</summary>
[Category("Web")]
public sealed class DashboardPictureTests
{
    private Chromium _chromium = null!;
    private RedisServer _redis = null!;
    private DirectoryInfo _directory = null!;
    private DashboardApp _app = null!;
    private DashboardApp _other = null!;
    private Traffic _traffic = null!;
    private Traffic _otherTraffic = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _redis = await RedisServer.StartAsync();
        _directory = Directory.CreateTempSubdirectory("hybridtiered-dashboard-");
        _app = await StartAppAsync("a");
        _other = await StartAppAsync("b");
        _traffic = new Traffic(_app.Cache);
        _otherTraffic = new Traffic(_other.Cache, callers: 1, seed: 7);
        _chromium = await Chromium.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _chromium.DisposeAsync();
        await _traffic.DisposeAsync();
        await _otherTraffic.DisposeAsync();
        await _app.DisposeAsync();
        await _other.DisposeAsync();
        await _redis.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [TestCase("light", 1280, false)]
    [TestCase("dark", 1280, true)]
    [TestCase("narrow", 400, false)]
    public async Task The_page_fits_its_window_and_every_number_of_the_chain_is_filled(string name, int width, bool dark)
    {
        IPage page = await _chromium.OpenAsync(width: width, dark: dark);
        await page.GotoAsync(_app.Dashboard.ToString());
        await page.FillAsync("#lookup-key", "product:0");
        await page.PressAsync("#lookup-key", "Enter");
        await Eventually.TrueAsync(async () => await page.Locator(".entry").CountAsync() >= 2, "the key is found in tiers");
        await Eventually.TrueAsync(
            async () => (await page.Locator(".node [data-f=p95]").AllInnerTextsAsync()).All(text => text.EndsWith('s')), "latencies of both lower tiers are shown");
        // Two samples make a rate; a dozen make a line.
        await Eventually.TrueAsync(async () => (await page.Locator("#tile-requests .stroke").GetAttributeAsync("d"))?.Count(c => c == 'L') > 25, "lines are drawn");
        await Eventually.TrueAsync(async () => await page.Locator("#feed tr").CountAsync() > 8, "invalidations are shown");

        await page.EvaluateAsync("() => { document.activeElement.blur(); window.scrollTo(0, 0); }");
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"dashboard-{name}.png");
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = file, FullPage = width > 800 });
        TestContext.AddTestAttachment(file, $"The dashboard, {name}");
        int overhang = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - window.innerWidth");
        string size = await page.Locator("[data-tier=disk] [data-f=size]").InnerTextAsync();
        string[] unfilled = [.. (await page.Locator(".node [data-f]").AllInnerTextsAsync()).Where(text => text.Length == 0)];

        Assert.Multiple(() =>
        {
            Assert.That(overhang, Is.LessThanOrEqualTo(0), "pixels to scroll to the right");
            Assert.That(unfilled, Is.Empty);
            Assert.That(size, Does.EndWith("iB").And.Not.StartWith("0 "), "the disk tells its size");
        });
    }

    private Task<DashboardApp> StartAppAsync(string name) => DashboardApp.StartAsync(
        cache => cache.AddMemory(memory => memory.EntryLimit = 600).AddDisk(Path.Combine(_directory.FullName, name))
            .AddRedis(_redis.EndPoint).UseRedisBackplane().Configure(options => options.DefaultExpiration = TimeSpan.FromMinutes(20)),
        options => options.ShowValues = true);
}
