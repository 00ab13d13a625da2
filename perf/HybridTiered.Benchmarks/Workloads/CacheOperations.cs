using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Benchmarks.Workloads;

/// <summary>Single operations on L1, by size of the payload. A hit deserialises it, a set serialises it.</summary>
[MemoryDiagnoser]
public class CacheOperations
{
    private const int KeyCount = 1_024;

    private readonly string[] _keys = [.. Enumerable.Range(0, KeyCount).Select(i => $"payload:{i}")];
    private ServiceProvider _services = null!;
    private HybridCache _cache = null!;
    private Payload _payload = null!;
    private int _next;

    [ParamsSource(nameof(Sizes))]
    public int Bytes { get; set; }

    public static IEnumerable<int> Sizes => Payload.Sizes;

    [GlobalSetup]
    public async Task Fill()
    {
        _services = Caches.OfTiers(1);
        _cache = _services.GetRequiredService<HybridCache>();
        _payload = Payload.OfSize(Bytes);
        foreach (string key in _keys)
            await _cache.SetAsync(key, _payload);
    }

    [GlobalCleanup]
    public void Close() => _services.Dispose();

    [Benchmark]
    public ValueTask<Payload> Hit() => _cache.GetOrCreateAsync(Next(), _payload, static (payload, _) => new ValueTask<Payload>(payload));

    [Benchmark]
    public ValueTask Set() => _cache.SetAsync(Next(), _payload);

    [Benchmark]
    public async ValueTask<Payload> RemoveAndCreate()
    {
        string key = Next();
        await _cache.RemoveAsync(key);
        return await _cache.GetOrCreateAsync(key, _payload, static (payload, _) => new ValueTask<Payload>(payload));
    }

    private string Next() => _keys[++_next & (KeyCount - 1)];
}
