using System.Diagnostics;
using System.Globalization;
using HybridTiered.Load.Caches;

namespace HybridTiered.Load.Growth;

/// <summary>What a hit and an invalidation cost as there are more tags. A hit compares one epoch, and an invalidation raises the time of one tag.</summary>
internal static class TagGrowth
{
    private const int Entries = 10_000;
    private const int Rounds = 51;

    private static readonly int[] Counts = [1, 10, 100, 1_000, 10_000];

    public static async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var table = new GrowthTable(
            "tags", ("hit, ns", false), ("hit / dictionary", true), ("first hit after an invalidation, ns", true), ("invalidation, ns", true));
        // The first pays for the compiler.
        await MeasureAsync(Counts[0]);
        foreach (int count in Counts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            table.Add(count, await MeasureAsync(count));
        }
        return table.Judge();
    }

    private static async Task<double[]> MeasureAsync(int count)
    {
        string[] tags = [.. Enumerable.Range(0, count).Select(static i => string.Create(CultureInfo.InvariantCulture, $"tag:{i}"))];
        await using FilledCache filled = await FilledCache.CreateAsync(CacheInstance.CreateLocal(), Entries, id => [tags[id % count]]);
        (double hit, _, double ratio) = filled.MeasureHits();
        return [hit, ratio, await MeasureFirstHitsAsync(filled), await MeasureInvalidationsAsync(filled, tags)];
    }

    private static async Task<double> MeasureFirstHitsAsync(FilledCache filled)
    {
        var times = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            // No entry carries it, but each has to make sure.
            await filled.Cache.RemoveByTagAsync("other");
            long start = Stopwatch.GetTimestamp();
            filled.Hit(0, Entries);
            times[round] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Entries;
        }
        return PairedRounds.Median(times);
    }

    private static async Task<double> MeasureInvalidationsAsync(FilledCache filled, string[] tags)
    {
        const int PerRound = 1_000;
        var times = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < PerRound; i++)
                await filled.Cache.RemoveByTagAsync(tags[((round * PerRound) + i) % tags.Length]);
            times[round] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / PerRound;
        }
        return PairedRounds.Median(times);
    }
}
