using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Benchmarks.Workloads;

/// <summary>A hundred callers at once of a value whose computation takes 10 ms. More than one computation fails the run.</summary>
[MemoryDiagnoser]
public class Stampedes
{
    private const int Callers = 100;

    private static readonly TimeSpan ComputationTime = TimeSpan.FromMilliseconds(10);

    private ServiceProvider _services = null!;
    private HybridCache _cache = null!;
    private int _rounds;
    private int _computations;

    [GlobalSetup]
    public void Create()
    {
        _services = Caches.OfTiers(2);
        _cache = _services.GetRequiredService<HybridCache>();
    }

    [GlobalCleanup]
    public void Close()
    {
        _services.Dispose();
        if (_computations != _rounds)
            throw new InvalidOperationException($"{_rounds} stampedes led to {_computations} computations.");
    }

    [Benchmark]
    public async Task<string[]> OneKey()
    {
        string key = $"report:{++_rounds}";
        return await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(() => _cache.GetOrCreateAsync(key, ComputeAsync).AsTask())));
    }

    private async ValueTask<string> ComputeAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _computations);
        await Task.Delay(ComputationTime, cancellationToken);
        return "value";
    }
}
