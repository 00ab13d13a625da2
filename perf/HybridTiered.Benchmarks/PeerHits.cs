using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using ZiggyCreatures.Caching.Fusion;

namespace HybridTiered.Benchmarks;

/// <summary>The same hits through the peers, each behind the same abstract class. Only with <c>-p:WithPeers=true</c>, because not every feed has their packages.</summary>
[MemoryDiagnoser]
public class PeerHits
{
    private readonly string[] _keys = [.. Enumerable.Range(1_000, HotCache.KeyCount).Select(id => $"product:{id}")];
    private ServiceProvider _services = null!;
    private HybridCache _cache = null!;
    private int _next;

    public enum Peer
    {
        HybridTiered,
        Microsoft,
        FusionCache,
    }

    [ParamsAllValues]
    public Peer Cache { get; set; }

    [GlobalSetup]
    public async Task Fill()
    {
        var services = new ServiceCollection();
        switch (Cache)
        {
            case Peer.HybridTiered:
                services.AddHybridTiered();
                break;
            case Peer.Microsoft:
                services.AddHybridCache();
                break;
            default:
                services.AddFusionCache().AsHybridCache();
                break;
        }
        _services = services.BuildServiceProvider();
        _cache = _services.GetRequiredService<HybridCache>();
        foreach (string key in _keys)
            await _cache.SetAsync(key, "value " + key, tags: HotTags.Two);
    }

    [GlobalCleanup]
    public void Close() => _services.Dispose();

    [Benchmark]
    public ValueTask<string> HitByString() => _cache.GetOrCreateAsync(Key(), Absent.Factory);

    [Benchmark]
    public ValueTask<string> HitWithTwoTags() => _cache.GetOrCreateAsync(Key(), Absent.Factory, tags: HotTags.Two);

    [Benchmark]
    public ValueTask<string> HitByInterpolation() => _cache.GetOrCreateAsync($"product:{1_000 + (++_next & (HotCache.KeyCount - 1))}", Absent.Factory);

    private string Key() => _keys[++_next & (HotCache.KeyCount - 1)];
}
