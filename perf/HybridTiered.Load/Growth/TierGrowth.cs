using System.Diagnostics;
using System.Globalization;
using HybridTiered.Load.Caches;

namespace HybridTiered.Load.Growth;

/// <summary>What a hit in L1, a look in every tier, and a start cost as the chain grows. A hit does not know what is below; a miss has to ask each.</summary>
internal static class TierGrowth
{
    private const int Entries = 1_000;
    private const int Rounds = 21;

    private static readonly int[] Counts = [1, 4, 16, 64];

    public static async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        // The first pays for the compiler.
        await MeasureAsync(Counts[1]);
        var table = new GrowthTable(
            "tiers", ("hit, ns", false), ("hit / dictionary", true), ("miss, ns", false), ("miss per tier, ns", false), ("start, us", false), ("start per tier, us", false));
        foreach (int count in Counts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            table.Add(count, await MeasureAsync(count));
        }
        return table.Judge();
    }

    private static async Task<double[]> MeasureAsync(int count)
    {
        double start = await MeasureStartAsync(count);
        await using FilledCache filled = await FilledCache.CreateAsync(Create(count), Entries);
        (double hit, _, double ratio) = filled.MeasureHits();
        double miss = await MeasureMissesAsync(filled.Cache);
        return [hit, ratio, miss, miss / count, start, start / count];
    }

    private static CacheInstance Create(int tiers) => CacheInstance.CreateLocal(cache =>
    {
        cache.AddMemory();
        for (int level = 2; level <= tiers; level++)
            cache.AddTier(string.Create(CultureInfo.InvariantCulture, $"tier{level}"), static _ => new DictionaryTier());
    });

    private static async Task<double> MeasureStartAsync(int tiers)
    {
        var times = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            await using CacheInstance instance = Create(tiers);
            await instance.Cache.TryGetAsync<string>("first");
            times[round] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
        return PairedRounds.Median(times);
    }

    private static async Task<double> MeasureMissesAsync(TieredCache cache)
    {
        const int PerRound = 2_000;
        var times = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < PerRound; i++)
                await cache.TryGetAsync<string>("absent");
            times[round] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / PerRound;
        }
        return PairedRounds.Median(times);
    }
}
