using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>Misses of a cache that has L1 alone and is full: the factory has its value at hand, and another entry has to go.</summary>
internal sealed class MissSection : IGateSection
{
    private const double MostNanoseconds = 600;
    private const double MostBytes = 320;

    private const int EntryLimit = 10_000;
    private const int KeysPerRound = 20_000;
    private const int Rounds = 101;
    private const int WarmupRounds = 40;

    public IEnumerable<Verdict> Measure()
    {
        using ServiceProvider services = new ServiceCollection()
            .AddHybridTiered(cache => cache.AddMemory(memory => memory.EntryLimit = EntryLimit))
            .BuildServiceProvider();
        HybridCache cache = services.GetRequiredService<HybridCache>();
        var keys = new string[KeysPerRound];
        int calls = 0;
        Func<CancellationToken, ValueTask<string>> factory = _ =>
        {
            calls++;
            return new ValueTask<string>("value");
        };
        var times = new double[Rounds];
        long allocated = 0;
        for (int round = -WarmupRounds; round < Rounds; round++)
        {
            // Others in every round: what L1 took for popular once would be found again.
            for (int i = 0; i < keys.Length; i++)
                keys[i] = $"product:{calls + i}";
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            foreach (string key in keys)
                Take(cache.GetOrCreateAsync(key, factory));
            if (round < 0)
                continue;
            times[round] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / KeysPerRound;
            allocated += GC.GetAllocatedBytesForCurrentThread() - bytes;
        }
        if (calls != (Rounds + WarmupRounds) * KeysPerRound)
            throw new InvalidOperationException("A key that should have been a miss was a hit.");
        Array.Sort(times);
        (double time, double perMiss) = (times[Rounds / 2], (double)allocated / Rounds / KeysPerRound);
        yield return new Verdict(
            "L1 miss, synchronous factory",
            string.Create(CultureInfo.InvariantCulture, $"{time:F0} ns {perMiss:F0} B"),
            string.Create(CultureInfo.InvariantCulture, $"{MostNanoseconds:F0} ns {MostBytes:F0} B"),
            time <= MostNanoseconds && perMiss <= MostBytes);
    }

    private static void Take(ValueTask<string> computed)
    {
        if (!computed.IsCompletedSuccessfully)
            throw new InvalidOperationException("A synchronous factory was waited for.");
        _ = computed.Result;
    }
}
