using System.Diagnostics;
using HybridTiered.Load.Caches;

namespace HybridTiered.Load.Growth;

/// <summary>
/// What a hit and a set cost as L1 grows. Lookups of a large table wait for memory, the dictionary's as well; therefore it is the ratio of both that should stay.
/// </summary>
internal static class EntryGrowth
{
    private const int Fewest = 1_000;
    private const int WarmUps = 10;
    private const int SetsPerRound = 2_000;
    private const int SetRounds = 21;

    public static async Task<bool> RunAsync(int most, CancellationToken cancellationToken)
    {
        var table = new GrowthTable(
            "entries",
            ("hit, ns", false), ("dictionary, ns", false), ("hit / dictionary", true),
            ("set that evicts, ns", false), ("dictionary's remove and add, ns", false), ("set / dictionary", true), ("longest set, us", false));
        // The compiler's last tier takes its time.
        for (int i = 0; i < WarmUps; i++)
            await MeasureAsync(Fewest);
        for (long count = Fewest; count <= most; count *= 10)
        {
            cancellationToken.ThrowIfCancellationRequested();
            table.Add((int)count, await MeasureAsync((int)count));
        }
        return table.Judge();
    }

    private static async Task<double[]> MeasureAsync(int count)
    {
        CacheInstance instance = CacheInstance.CreateLocal(cache => cache.AddMemory(memory =>
        {
            memory.EntryLimit = count;
            memory.SizeLimit = long.MaxValue;
        }));
        await using FilledCache filled = await FilledCache.CreateAsync(instance, count);
        (double hit, double lookup, double hitRatio) = filled.MeasureHits();
        (double set, double replace, double setRatio, double longest) = MeasureSets(filled, count);
        return [hit, lookup, hitRatio, set, replace, setRatio, longest];
    }

    // L1 is full: each new key makes another one go.
    private static (double Ours, double Theirs, double Ratio, double LongestMicroseconds) MeasureSets(FilledCache filled, int count)
    {
        double longest = 0;
        string[] keys = [.. Enumerable.Range(count, (2 * SetRounds + 1) * SetsPerRound).Select(FilledCache.KeyOf)];
        (double ours, double theirs, double ratio) = PairedRounds.Measure(SetRounds, SetsPerRound, Set, Replace);
        return (ours, theirs, ratio, longest);

        void Set(int position, int sets)
        {
            for (int i = 0; i < sets; i++)
            {
                long start = Stopwatch.GetTimestamp();
                ValueTask set = filled.SetAsync(keys[position + i], "new");
                if (!set.IsCompletedSuccessfully)
                    set.AsTask().GetAwaiter().GetResult();
                longest = Math.Max(longest, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
        }

        void Replace(int position, int replacements)
        {
            for (int i = 0; i < replacements; i++)
                filled.ReplaceInDictionary(filled.Keys[(position + i) % filled.Keys.Length], keys[position + i], "new");
        }
    }
}
