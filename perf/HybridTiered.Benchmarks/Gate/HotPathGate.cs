using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>Measures the hot paths and says which of them cost more than they may. No path may allocate.</summary>
internal static class HotPathGate
{
    private const double LimitWithString = 3.0;
    private const double LimitWithInterpolation = 4.0;

    // One byte in a thousand lookups: what the runtime allocates for itself now and then is not the path's.
    private const double BytesLimit = 0.001;

    /// <summary>Runs the gate.</summary>
    /// <returns>0 if every path keeps its limits, otherwise 1.</returns>
    public static int Run(TextWriter output)
    {
        HotCache[] caches = [.. new[] { [], HotTags.One, HotTags.Two, HotTags.Five }.Select(tags => HotCache.CreateAsync(tags).GetAwaiter().GetResult())];
        Func<int, int> baseline = Dictionary(caches[0].Dictionary, caches[0].Keys);
        HotPath[] paths =
        [
            new("L1 hit, string key", LimitWithString, ByString(caches[0], null)),
            new("L1 hit, 1 tag", LimitWithString, ByString(caches[1], HotTags.One)),
            new("L1 hit, 2 tags", LimitWithString, ByString(caches[2], HotTags.Two)),
            new("L1 hit, 5 tags", LimitWithString, ByString(caches[3], HotTags.Five)),
            new("L1 hit, interpolated key", LimitWithInterpolation, ByInterpolation(caches[0])),
        ];
        bool allKept = true;
        Print(output, "name", "measured", "limit", "");
        foreach (HotPath path in paths)
        {
            Measured measured = PairedTimer.Compare(path.Lookups, baseline);
            bool kept = measured.Ratio <= path.Limit && measured.BytesPerLookup <= BytesLimit;
            allKept &= kept;
            Print(
                output, path.Name,
                string.Create(CultureInfo.InvariantCulture, $"{measured.Ratio:F2}x {measured.BytesPerLookup:F0} B ({measured.Nanoseconds:F1} ns)"),
                string.Create(CultureInfo.InvariantCulture, $"{path.Limit:F2}x 0 B"),
                kept ? "ok" : "SHORT");
        }
        foreach (HotCache cache in caches)
            cache.Dispose();
        return allKept ? 0 : 1;
    }

    private static Func<int, int> Dictionary(ConcurrentDictionary<string, string> dictionary, string[] keys) => count =>
    {
        int sum = 0;
        for (int i = 0; i < count; i++)
        {
            if (dictionary.TryGetValue(keys[i & (HotCache.KeyCount - 1)], out string? value))
                sum += value.Length;
        }
        return sum;
    };

    private static Func<int, int> ByString(HotCache cache, string[]? tags) => count =>
    {
        (HybridCache hybrid, string[] keys) = (cache.Hybrid, cache.Keys);
        int sum = 0;
        for (int i = 0; i < count; i++)
            sum += Value(hybrid.GetOrCreateAsync(keys[i & (HotCache.KeyCount - 1)], Absent.Factory, tags: tags)).Length;
        return sum;
    };

    private static Func<int, int> ByInterpolation(HotCache cache) => count =>
    {
        (HybridCache hybrid, int[] ids) = (cache.Hybrid, cache.Ids);
        int sum = 0;
        for (int i = 0; i < count; i++)
            sum += Value(hybrid.GetOrCreateAsync($"product:{ids[i & (HotCache.KeyCount - 1)]}", Absent.Factory)).Length;
        return sum;
    };

    // A hit is never a task; if it were, this would wait for it, and the figures would say so.
    private static string Value(ValueTask<string> hit) => hit.IsCompletedSuccessfully ? hit.Result : hit.AsTask().GetAwaiter().GetResult();

    private static void Print(TextWriter output, string name, string measured, string limit, string verdict) =>
        output.WriteLine($"{name,-26}  {measured,-24}  {limit,-10}  {verdict}".TrimEnd());
}
