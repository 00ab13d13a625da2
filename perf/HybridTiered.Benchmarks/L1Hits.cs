using System.Buffers;
using BenchmarkDotNet.Attributes;

namespace HybridTiered.Benchmarks;

/// <summary>One hit in L1 by each way in, against the lookup in a dictionary that it cannot do without. Each call is one lookup.</summary>
[MemoryDiagnoser]
public class L1Hits
{
    private readonly ArrayBufferWriter<byte> _buffer = new(HotCache.PayloadBytes);
    private HotCache _cache = null!;
    private HotCache _withOneTag = null!;
    private HotCache _withTwoTags = null!;
    private HotCache _withFiveTags = null!;
    private string[] _keysOfBytes = [];
    private int _next;

    [GlobalSetup]
    public async Task Fill()
    {
        _cache = await HotCache.CreateAsync();
        _withOneTag = await HotCache.CreateAsync(HotTags.One);
        _withTwoTags = await HotCache.CreateAsync(HotTags.Two);
        _withFiveTags = await HotCache.CreateAsync(HotTags.Five);
        _keysOfBytes = [.. _cache.Keys.Select(key => HotCache.BytesKeyPrefix + key)];
    }

    [GlobalCleanup]
    public void Close()
    {
        foreach (HotCache cache in new[] { _cache, _withOneTag, _withTwoTags, _withFiveTags })
            cache.Dispose();
    }

    [Benchmark(Baseline = true, Description = "ConcurrentDictionary.TryGetValue")]
    public string? LookUpInDictionary() => _cache.Dictionary.TryGetValue(NextKey(), out string? value) ? value : null;

    [Benchmark(Description = "GetOrCreateAsync, string key")]
    public ValueTask<string> HitByString() => _cache.Hybrid.GetOrCreateAsync(NextKey(), Absent.Factory);

    [Benchmark(Description = "GetOrCreateAsync, 1 tag")]
    public ValueTask<string> HitWithOneTag() => _withOneTag.Hybrid.GetOrCreateAsync(NextKey(), Absent.Factory, tags: HotTags.One);

    [Benchmark(Description = "GetOrCreateAsync, 2 tags")]
    public ValueTask<string> HitWithTwoTags() => _withTwoTags.Hybrid.GetOrCreateAsync(NextKey(), Absent.Factory, tags: HotTags.Two);

    [Benchmark(Description = "GetOrCreateAsync, 5 tags")]
    public ValueTask<string> HitWithFiveTags() => _withFiveTags.Hybrid.GetOrCreateAsync(NextKey(), Absent.Factory, tags: HotTags.Five);

    [Benchmark(Description = "GetOrCreateAsync, interpolated key")]
    public ValueTask<string> HitByInterpolation() => _cache.Hybrid.GetOrCreateAsync($"product:{_cache.Ids[Next()]}", Absent.Factory);

    [Benchmark(Description = "IBufferDistributedCache.TryGet, 1 KB")]
    public bool HitOfBytes()
    {
        _buffer.ResetWrittenCount();
        return _cache.Distributed.TryGet(_keysOfBytes[Next()], _buffer);
    }

    private string NextKey() => _cache.Keys[Next()];

    private int Next() => ++_next & (HotCache.KeyCount - 1);
}
