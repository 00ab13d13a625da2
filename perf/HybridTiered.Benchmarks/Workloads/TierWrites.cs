using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Benchmarks.Workloads;

/// <summary>A set through two, three and four tiers, and a hit in the lowest of them, whose value is deserialised on the way.</summary>
[MemoryDiagnoser]
public class TierWrites
{
    private static readonly HybridCacheEntryOptions NotInL1 = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };

    private readonly Payload _payload = Payload.OfSize(1_082);
    private ServiceProvider _services = null!;
    private HybridCache _cache = null!;

    [Params(2, 3, 4)]
    public int Tiers { get; set; }

    [GlobalSetup]
    public async Task Create()
    {
        _services = Caches.OfTiers(Tiers);
        _cache = _services.GetRequiredService<HybridCache>();
        await Set();
    }

    [GlobalCleanup]
    public void Close() => _services.Dispose();

    [Benchmark]
    public ValueTask Set() => _cache.SetAsync("key", _payload);

    [Benchmark]
    public ValueTask<Payload> HitBelowL1() => _cache.GetOrCreateAsync("key", _payload, static (payload, _) => new ValueTask<Payload>(payload), NotInL1);
}
