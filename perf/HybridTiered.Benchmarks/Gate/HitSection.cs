using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>Hits in L1 by each way in, against a lookup in a dictionary with the same content. None may allocate.</summary>
internal sealed class HitSection : IGateSection
{
    private const double LimitWithString = 2.7;
    private const double LimitWithTags = 2.8;
    private const double LimitWithInterpolation = 4.0;
    private const double LimitWithOptions = 3.0;
    private const double LimitOfChain = 2.8;
    private const double LimitOfChainWithListener = 3.2;

    // One byte in a thousand lookups: what the runtime allocates for itself now and then is not the path's.
    private const double BytesLimit = 0.001;

    public IEnumerable<Verdict> Measure()
    {
        HotCache[] caches = [.. new[] { [], HotTags.One, HotTags.Two, HotTags.Five }.Select(tags => HotCache.CreateAsync(tags).GetAwaiter().GetResult())];
        using HotCache chain = HotCache.CreateChainAsync().GetAwaiter().GetResult();
        using var cancellation = new CancellationTokenSource();
        Func<int, int> baseline = Dictionary(caches[0].Dictionary, caches[0].Keys);
        HotPath[] paths =
        [
            new("L1 hit, string key", LimitWithString, ByString(caches[0], null)),
            new("L1 hit, 1 tag", LimitWithTags, ByString(caches[1], HotTags.One)),
            new("L1 hit, 2 tags", LimitWithTags, ByString(caches[2], HotTags.Two)),
            new("L1 hit, 5 tags", LimitWithTags, ByString(caches[3], HotTags.Five)),
            new("L1 hit, interpolated key", LimitWithInterpolation, ByInterpolation(caches[0])),
            new("L1 hit, options and cancellable token", LimitWithOptions, WithOptions(caches[0], cancellation.Token)),
            new("L1 hit, 4 tiers and backplane", LimitOfChain, ByString(chain, null)),
        ];
        foreach (HotPath path in paths)
            yield return Judge(path, baseline);
        using (MeterListener listener = ListenToAll())
            yield return Judge(new("L1 hit, the same, meter listener", LimitOfChainWithListener, ByString(chain, null)), baseline);
        foreach (HotCache cache in caches)
            cache.Dispose();
    }

    private static Verdict Judge(HotPath path, Func<int, int> baseline)
    {
        Measured measured = PairedTimer.Compare(path.Lookups, baseline);
        return new Verdict(
            path.Name,
            string.Create(CultureInfo.InvariantCulture, $"{measured.Ratio:F2}x {measured.BytesPerLookup:F0} B ({measured.Nanoseconds:F1} ns)"),
            string.Create(CultureInfo.InvariantCulture, $"{path.Limit:F2}x 0 B"),
            measured.Ratio <= path.Limit && measured.BytesPerLookup <= BytesLimit);
    }

    private static MeterListener ListenToAll()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name == "HybridTiered")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.Start();
        return listener;
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
            sum += Hit.ValueOf(hybrid.GetOrCreateAsync(keys[i & (HotCache.KeyCount - 1)], Absent.Factory, tags: tags)).Length;
        return sum;
    };

    private static Func<int, int> WithOptions(HotCache cache, CancellationToken cancellationToken)
    {
        var options = new HybridCacheEntryOptions
        {
            Expiration = TimeSpan.FromMinutes(10),
            LocalCacheExpiration = TimeSpan.FromMinutes(1),
            Flags = HybridCacheEntryFlags.DisableCompression,
        };
        return count =>
        {
            (HybridCache hybrid, string[] keys) = (cache.Hybrid, cache.Keys);
            int sum = 0;
            for (int i = 0; i < count; i++)
            {
                sum += Hit.ValueOf(hybrid.GetOrCreateAsync(
                    keys[i & (HotCache.KeyCount - 1)], Absent.Factory, options, cancellationToken: cancellationToken)).Length;
            }
            return sum;
        };
    }

    private static Func<int, int> ByInterpolation(HotCache cache) => count =>
    {
        (HybridCache hybrid, int[] ids) = (cache.Hybrid, cache.Ids);
        int sum = 0;
        for (int i = 0; i < count; i++)
            sum += Hit.ValueOf(hybrid.GetOrCreateAsync($"product:{ids[i & (HotCache.KeyCount - 1)]}", Absent.Factory)).Length;
        return sum;
    };
}
