using System.Diagnostics;
using HybridTiered.Diagnostics;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Tour;

/// <summary>What an operator sees: spans of what leaves memory, and the health of each tier, while all is well and when the shared tier is down.</summary>
internal static class HealthAndTracing
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        var shared = new SwitchableCache();
        ServiceCollection collection = new();
        collection.AddLogging();
        collection.AddHybridTiered(cache => cache.AddDistributedCache(_ => shared));
        collection.AddHealthChecks().AddHybridTiered();
        await using ServiceProvider services = collection.BuildServiceProvider();
        HybridCache cache = services.GetRequiredService<HybridCache>();
        HealthCheckService health = services.GetRequiredService<HealthCheckService>();

        // In an application: AddOpenTelemetry().WithTracing(tracing => tracing.AddSource(TelemetryNames.ActivitySource)).
        var spans = new List<string>();
        using var root = new Activity("request");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TelemetryNames.ActivitySource,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => { if (span.TraceId == root.TraceId) lock (spans) spans.Add(span.OperationName); },
        };
        ActivitySource.AddActivityListener(listener);
        root.Start();
        await cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("value"));
        await cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("value"));
        root.Stop();
        lock (spans)
            output.WriteLine($"a miss and a hit in memory made the spans: {string.Join(", ", spans.Distinct().Order(StringComparer.Ordinal))}");

        await output.WriteLineAsync($"health: {(await health.CheckHealthAsync()).Status}");
        shared.IsDown = true;
        HealthReport report = await health.CheckHealthAsync();
        await output.WriteLineAsync($"with the shared tier down: {report.Status}; {report.Entries["hybridtiered"].Description}");
        await output.WriteLineAsync($"a read all the same: {await cache.GetOrCreateAsync("other", _ => ValueTask.FromResult("computed"))}");
    }

    /// <summary>A distributed cache that keeps nothing, and can be taken down.</summary>
    private sealed class SwitchableCache : IDistributedCache
    {
        public bool IsDown { get; set; }

        public byte[]? Get(string key) => IsDown ? throw new InvalidOperationException("The server is down.") : null;

        public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => Task.FromResult(Get(key));

        public void Refresh(string key) => Get(key);

        public Task RefreshAsync(string key, CancellationToken token = default) => GetAsync(key, token);

        public void Remove(string key) => Get(key);

        public Task RemoveAsync(string key, CancellationToken token = default) => GetAsync(key, token);

        public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => Get(key);

        public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) => GetAsync(key, token);
    }
}
