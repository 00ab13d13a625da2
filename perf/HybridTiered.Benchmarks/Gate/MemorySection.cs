using System.Globalization;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>What an entry of L1 occupies beside its key and its value, its share of the tables included.</summary>
internal sealed class MemorySection : IGateSection
{
    private const int Entries = 1_000_000;
    private const double Limit = 160;

    public IEnumerable<Verdict> Measure()
    {
        double bytes = MeasureAsync().GetAwaiter().GetResult();
        yield return new Verdict(
            "L1 memory per entry of 1,000,000",
            string.Create(CultureInfo.InvariantCulture, $"{bytes:F1} B beside key and value"),
            string.Create(CultureInfo.InvariantCulture, $"{Limit:F0} B"),
            bytes <= Limit);
    }

    private static async Task<double> MeasureAsync()
    {
        // These exist before and after, so that they do not count.
        string[] keys = [.. Enumerable.Range(0, Entries).Select(static id => string.Create(CultureInfo.InvariantCulture, $"product:{id}"))];
        const string Value = "value";
        var hour = new HybridCacheEntryOptions { Expiration = TimeSpan.FromHours(1) };
        await using ServiceProvider services = new ServiceCollection()
            .AddHybridTiered(cache => cache.AddMemory(memory => (memory.EntryLimit, memory.SizeLimit) = (2 * Entries, long.MaxValue)))
            .BuildServiceProvider();
        HybridCache cache = services.GetRequiredService<HybridCache>();
        await cache.SetAsync("first", Value, hour);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (string key in keys)
            await cache.SetAsync(key, Value, hour);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(keys);
        return (double)(after - before) / Entries;
    }
}
