using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>Two threads on the same keys against one: whatever all hits write to would show here.</summary>
internal sealed class ThreadSection : IGateSection
{
    private const double LeastSpeedup = 1.8;
    private const int Rounds = 61;
    private const int WarmupRounds = 20;
    private const int LookupsPerRound = 500_000;

    public IEnumerable<Verdict> Measure()
    {
        if (Environment.ProcessorCount < 2)
        {
            yield return new Verdict("L1 hits of 2 threads", "one processor", "2 processors", IsKept: true);
            yield break;
        }
        using HotCache cache = HotCache.CreateAsync().GetAwaiter().GetResult();
        var speedups = new double[Rounds];
        using var start = new Barrier(2);
        int round = -WarmupRounds;
        bool over = false;
        var second = new Thread(() =>
        {
            while (true)
            {
                start.SignalAndWait();
                if (over)
                    return;
                LookUp(cache, LookupsPerRound);
                start.SignalAndWait();
            }
        });
        second.Start();
        for (; round < Rounds; round++)
        {
            double one = Time(() => LookUp(cache, LookupsPerRound));
            double two = Time(() =>
            {
                start.SignalAndWait();
                LookUp(cache, LookupsPerRound);
                start.SignalAndWait();
            });
            if (round >= 0)
                speedups[round] = 2 * one / two;
        }
        over = true;
        start.SignalAndWait();
        second.Join();
        Array.Sort(speedups);
        double median = speedups[Rounds / 2];
        yield return new Verdict(
            "L1 hits of 2 threads, by those of 1",
            string.Create(CultureInfo.InvariantCulture, $"{median:F2}x"),
            string.Create(CultureInfo.InvariantCulture, $">= {LeastSpeedup:F2}x"),
            median >= LeastSpeedup);
    }

    private static double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    private static int LookUp(HotCache cache, int count)
    {
        (HybridCache hybrid, string[] keys) = (cache.Hybrid, cache.Keys);
        int sum = 0;
        for (int i = 0; i < count; i++)
            sum += Hit.ValueOf(hybrid.GetOrCreateAsync(keys[i & (HotCache.KeyCount - 1)], Absent.Factory)).Length;
        return sum;
    }
}
