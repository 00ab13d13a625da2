using HybridTiered.Chains.Tests.Support;
using HybridTiered.TestServers.Processes;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Chains.Tests;

/// <summary>An application that says nothing in code: <c>builder.AddHybridTiered()</c> and an appsettings.json with every tier, on real servers.</summary>
[TestFixture]
public sealed class ApplicationFromConfigurationTests : ChainFixture
{
    private DirectoryInfo _root = null!;

    [SetUp]
    public void CreateRoot() => _root = Directory.CreateTempSubdirectory("hybridtiered-application-");

    [TearDown]
    public void DeleteRoot() => _root.Delete(recursive: true);

    [Test]
    public async Task All_tiers_come_from_appsettings_and_hand_values_to_the_next_run()
    {
        await File.WriteAllTextAsync(Path.Combine(_root.FullName, "appsettings.json"), $$"""
            {
              "ConnectionStrings": { "Redis": "redis://{{Redis.EndPoint}}" },
              "HybridTiered": {
                "KeyPrefix": "{{Prefix}}",
                "JournalInterval": "00:00:00.100",
                "Memory": { "SizeLimit": 1048576 },
                "Tiers": {
                  "memcached": { "Servers": [ "{{Memcached.EndPoint}}" ], "TtlScale": 8 },
                  "redis": { "InstanceName": "shop:", "TtlScale": 2 },
                  "disk": { "Directory": "cache" }
                },
                "Policies": [ { "Pattern": "short:*", "Expiration": "00:00:30" } ],
                "Caches": { "catalog": { "Tiers": { "redis": {} } } }
              }
            }
            """);

        string[] first = await RunAsync(async services =>
        {
            await services.GetRequiredService<HybridCache>().SetAsync("short:1", "value");
            await services.GetRequiredKeyedService<HybridCache>("catalog").SetAsync("1", "in the catalogue");
            // The disk notes how far in the journal it is, and is believed in the next run.
            ITieredCache cache = services.GetRequiredService<ITieredCache>();
            await Eventually.TrueAsync(() => !cache.GetStatistics().Invalidations.JournalPosition.IsNone, "the journal is read");
            long read = cache.GetStatistics().Invalidations.CatchUps;
            await Eventually.TrueAsync(() => cache.GetStatistics().Invalidations.CatchUps > read, "the disk has noted it");
            return [.. cache.GetStatistics().Tiers.Select(tier => $"{tier.Name} {tier.Writes}")];
        });
        string[] second = await RunAsync(async services =>
        [
            (await services.GetRequiredService<ITieredCache>().TryGetAsync<string>("short:1")).Source,
            (await services.GetRequiredKeyedService<ITieredCache>("catalog").TryGetAsync<string>("1")).Source,
        ]);

        Assert.That(first, Is.EqualTo(new[] { "memory 1", "disk 1", "redis 1", "memcached 1" }));
        Assert.That(second, Is.EqualTo(new[] { "L2", "L2" }));
        Assert.That(long.Parse((await Redis.CommandAsync($"PTTL shop:{Prefix}short:1"))[1..], System.Globalization.CultureInfo.InvariantCulture), Is.InRange(40_000, 60_000));
        // The server's clock moves once a second, so the tier asks for a second more.
        Assert.That(await MemcachedLifeAsync("short:1"), Is.InRange(220, 241));
        Assert.That(await Redis.CommandAsync("EXISTS catalog:1"), Is.EqualTo(":1"));
    }

    private async Task<string[]> RunAsync(Func<IServiceProvider, Task<string[]>> use)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = _root.FullName });
        builder.Logging.ClearProviders();
        builder.Configuration["HybridTiered:Tiers:disk:Directory"] = Path.Combine(_root.FullName, "cache");
        builder.AddHybridTiered();
        using IHost host = builder.Build();
        await host.StartAsync();
        await Eventually.TrueAsync(() => host.Services.GetRequiredService<ITieredCache>().GetStatistics().Tiers.All(tier => tier.IsOpen), "every tier is used");
        string[] seen = await use(host.Services);
        await host.StopAsync();
        // A host that is disposed synchronously cannot end what ends asynchronously.
        await ((IAsyncDisposable)host).DisposeAsync();
        return seen;
    }
}
