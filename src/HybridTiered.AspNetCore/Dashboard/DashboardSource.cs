using HybridTiered.AspNetCore.Telemetry;
using HybridTiered.Inspection;

namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>Puts together what pages are shown.</summary>
internal sealed class DashboardSource(Func<IEnumerable<ICacheInspector>> caches, MetricsCollector metrics, TimeProvider time)
{
    private const int HotKeys = 12;
    private const int Flights = 12;
    private const string CacheTag = "hybridtiered.cache.name";

    // Walking over a part of L1 for popular keys is done for all watchers together, and not at every refresh.
    private static readonly TimeSpan HotKeysInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long At, IReadOnlyList<HotKey> Keys)> _hotKeys = new(StringComparer.Ordinal);

    private readonly Lazy<IReadOnlyList<ICacheInspector>> _caches = new(() => [.. caches()]);

    // Made when somebody first watches: making a cache while the application is put together would hide what is wrong with its options.
    public IReadOnlyList<ICacheInspector> Caches => _caches.Value;

    public ICacheInspector? Find(string? name) => Caches.FirstOrDefault(cache => cache.Name == name);

    public DashboardSnapshot Take()
    {
        IReadOnlyList<MetricFamily> families = metrics.Collect();
        IReadOnlyList<double> boundaries = families.FirstOrDefault(f => f.Kind == MetricKind.Histogram)?.Boundaries ?? [];
        return new DashboardSnapshot(
            time.GetUtcNow().ToUnixTimeMilliseconds(), $"{Environment.MachineName}:{Environment.ProcessId}", boundaries,
            [.. Caches.Select(cache => new DashboardCache(
                cache.Name, cache.Cache.GetStatistics(), LatenciesOf(cache.Name, families), cache.GetFlights(Flights), HotKeysOf(cache)))]);
    }

    private static List<DashboardLatency> LatenciesOf(string cache, IReadOnlyList<MetricFamily> families)
    {
        var latencies = new Dictionary<(string Of, string Operation), long[]>();
        foreach (MetricFamily family in families)
        {
            string? of = family.Name switch
            {
                "hybridtiered.factory.duration" => "factory",
                "hybridtiered.flight.duration" => "flight",
                "hybridtiered.invalidation.delay" => "arrival",
                "hybridtiered.tier.operation.duration" => null,
                _ => "",
            };
            if (of == "")
                continue;
            foreach (MetricSeries series in family.Series.Where(series => Tag(series, CacheTag) == cache))
            {
                (string, string) key = of is null ? (Tag(series, "hybridtiered.tier.name"), Tag(series, "hybridtiered.operation")) : (of, "");
                // What failed took its time too.
                long[] sum = latencies.TryGetValue(key, out long[]? known) ? known : latencies[key] = new long[series.Buckets.Count];
                for (int i = 0; i < sum.Length; i++)
                    sum[i] += series.Buckets[i];
            }
        }
        return [.. latencies.Select(pair => new DashboardLatency(pair.Key.Of, pair.Key.Operation, pair.Value))];
    }

    private static string Tag(MetricSeries series, string name) => series.Tags.FirstOrDefault(tag => tag.Key == name).Value ?? "";

    private IReadOnlyList<HotKey> HotKeysOf(ICacheInspector cache)
    {
        lock (_lock)
        {
            if (_hotKeys.TryGetValue(cache.Name, out (long At, IReadOnlyList<HotKey> Keys) sample) && time.GetElapsedTime(sample.At) < HotKeysInterval)
                return sample.Keys;
            IReadOnlyList<HotKey> keys = cache.SampleHotKeys(HotKeys);
            _hotKeys[cache.Name] = (time.GetTimestamp(), keys);
            return keys;
        }
    }
}
