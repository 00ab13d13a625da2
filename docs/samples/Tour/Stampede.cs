using HybridTiered;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace Tour;

/// <summary>A hundred callers ask for the same missing key at once: one computes, all share its value. If it fails, they share its exception.</summary>
internal static class Stampede
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        await using ServiceProvider services = new ServiceCollection().AddHybridTiered(cache => cache.AddMemory()).BuildServiceProvider();
        HybridCache cache = services.GetRequiredService<HybridCache>();

        int computations = 0;
        async ValueTask<int> ComputeAsync(CancellationToken token)
        {
            Interlocked.Increment(ref computations);
            await Task.Delay(TimeSpan.FromMilliseconds(50), token);
            return 42;
        }
        int[] values = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => cache.GetOrCreateAsync("answer", ComputeAsync).AsTask()));
        await output.WriteLineAsync($"{values.Length} callers got {values.Distinct().Single()} from {computations} computation");

        int failures = 0;
        async ValueTask<int> FailAsync(CancellationToken token)
        {
            Interlocked.Increment(ref failures);
            await Task.Delay(TimeSpan.FromMilliseconds(50), token);
            throw new InvalidOperationException("the source is down");
        }
        Task<int>[] failing = [.. Enumerable.Range(0, 100).Select(_ => cache.GetOrCreateAsync("broken", FailAsync).AsTask())];
        await Task.WhenAll(failing).ContinueWith(_ => { }, TaskScheduler.Default);
        await output.WriteLineAsync($"{failing.Count(task => task.IsFaulted)} callers got the exception of {failures} computation");

        CacheStatistics statistics = services.GetRequiredService<ITieredCache>().GetStatistics();
        await output.WriteLineAsync($"{statistics.Shared} of {statistics.Requests} requests shared the flight of another");
    }
}
