using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Benchmarks.Workloads;

/// <summary>What an invalidation costs while a thousand entries are there, on a cache of two tiers.</summary>
[MemoryDiagnoser]
public class Invalidations
{
    private const int Entries = 1_000;

    private ServiceProvider _services = null!;
    private TieredCache _cache = null!;
    private int _next;

    [GlobalSetup]
    public async Task Fill()
    {
        _services = Caches.OfTiers(2);
        _cache = _services.GetRequiredService<TieredCache>();
        for (int i = 0; i < Entries; i++)
            await _cache.SetAsync($"product:{i}", "value", tags: ["products"]);
    }

    [GlobalCleanup]
    public void Close() => _services.Dispose();

    [Benchmark]
    public ValueTask ByKey() => _cache.RemoveAsync($"product:{++_next % Entries}");

    [Benchmark]
    public ValueTask ByTag() => _cache.RemoveByTagAsync("products");

    [Benchmark]
    public ValueTask ByPattern() => _cache.RemoveByPatternAsync("product:1*");
}
