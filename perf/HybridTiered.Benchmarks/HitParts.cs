using BenchmarkDotNet.Attributes;

namespace HybridTiered.Benchmarks;

/// <summary>What a hit in L1 consists of, as far as it can be had by itself.</summary>
public class HitParts
{
    private HotCache _cache = null!;
    private TieredCache _sealed = null!;
    private int _next;

    [GlobalSetup]
    public async Task Fill()
    {
        _cache = await HotCache.CreateAsync();
        _sealed = (TieredCache)_cache.Hybrid;
    }

    [GlobalCleanup]
    public void Close() => _cache.Dispose();

    [Benchmark(Description = "ConcurrentDictionary.TryGetValue")]
    public string? LookUpInDictionary() => _cache.Dictionary.TryGetValue(NextKey(), out string? value) ? value : null;

    [Benchmark(Description = "a hit, through HybridCache")]
    public string HitOfAbstractType() => Gate.Hit.ValueOf(_cache.Hybrid.GetOrCreateAsync(NextKey(), 0, static (_, _) => Absent.Factory(default)));

    [Benchmark(Description = "a hit, through the sealed TieredCache")]
    public string HitOfSealedType() => Gate.Hit.ValueOf(_sealed.GetOrCreateAsync(NextKey(), 0, static (_, _) => Absent.Factory(default)));

    [Benchmark(Description = "Environment.TickCount64, which a hit does not read")]
    public long ReadClock() => Environment.TickCount64 - _next;

    private string NextKey() => _cache.Keys[++_next & (HotCache.KeyCount - 1)];
}
