using HybridTiered;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Tour;

/// <summary>A worker without ASP.NET Core. All that it says about its cache stands in configuration, here in memory instead of in appsettings.json.</summary>
internal static class WorkerService
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["HybridTiered:DefaultExpiration"] = "00:10:00",
            ["HybridTiered:Policies:0:Pattern"] = "rate:*",
            ["HybridTiered:Policies:0:EagerRefresh"] = "0.8",
        });
        builder.Logging.ClearProviders();
        builder.AddHybridTiered();
        builder.Services.AddSingleton(output);
        builder.Services.AddHostedService<Converter>();

        using IHost host = builder.Build();
        await host.RunAsync();
        await output.WriteLineAsync("the worker has stopped");
    }

    internal sealed class Converter(HybridCache cache, ITieredCache statistics, TextWriter output, IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            foreach (decimal euros in new[] { 10m, 20m, 30m })
            {
                decimal rate = await cache.GetOrCreateAsync("rate:NOK", LoadRateAsync, cancellationToken: stoppingToken);
                await output.WriteLineAsync($"{euros} EUR are {euros * rate} NOK");
            }
            await output.WriteLineAsync($"the rate was loaded {statistics.GetStatistics().FactoryCalls} time");
            lifetime.StopApplication();
        }

        private static ValueTask<decimal> LoadRateAsync(CancellationToken cancellationToken) => ValueTask.FromResult(11.5m);
    }
}
