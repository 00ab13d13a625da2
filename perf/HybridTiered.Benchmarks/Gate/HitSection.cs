using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>Hits in L1 by each way in, against a lookup in a dictionary with the same content. None may allocate.</summary>
internal sealed class HitSection : IGateSection
{
    private const double LimitWithString = 2.7;
    private const double LimitWithTags = 2.8;
    private const double LimitWithInterpolation = 4.0;

    // One byte in a thousand lookups: what the runtime allocates for itself now and then is not the path's.
    private const double BytesLimit = 0.001;

    public IEnumerable<Verdict> Measure()
    {
        HotCache[] caches = [.. new[] { [], HotTags.One, HotTags.Two, HotTags.Five }.Select(tags => HotCache.CreateAsync(tags).GetAwaiter().GetResult())];
        Func<int, int> baseline = Dictionary(caches[0].Dictionary, caches[0].Keys);
        HotPath[] paths =
        [
            new("L1 hit, string key", LimitWithString, ByString(caches[0], null)),
            new("L1 hit, 1 tag", LimitWithTags, ByString(caches[1], HotTags.One)),
            new("L1 hit, 2 tags", LimitWithTags, ByString(caches[2], HotTags.Two)),
            new("L1 hit, 5 tags", LimitWithTags, ByString(caches[3], HotTags.Five)),
            new("L1 hit, interpolated key", LimitWithInterpolation, ByInterpolation(caches[0])),
        ];
        foreach (HotPath path in paths)
        {
            Measured measured = PairedTimer.Compare(path.Lookups, baseline);
            yield return new Verdict(
                path.Name,
                string.Create(CultureInfo.InvariantCulture, $"{measured.Ratio:F2}x {measured.BytesPerLookup:F0} B ({measured.Nanoseconds:F1} ns)"),
                string.Create(CultureInfo.InvariantCulture, $"{path.Limit:F2}x 0 B"),
                measured.Ratio <= path.Limit && measured.BytesPerLookup <= BytesLimit);
        }
        foreach (HotCache cache in caches)
            cache.Dispose();
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
}
