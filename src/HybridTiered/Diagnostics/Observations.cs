using System.Diagnostics.Metrics;

namespace HybridTiered.Diagnostics;

/// <summary>Collects the measurements that one observable instrument takes of all caches.</summary>
internal sealed class Observations<T>
    where T : struct
{
    private readonly List<Measurement<T>> _measurements = [];
    private string _cacheName = "";

    public IEnumerable<Measurement<T>> Measurements => _measurements;

    /// <summary>The measurements that follow are of this cache.</summary>
    public void BeginCache(string name) => _cacheName = name;

    public void Add(T value) => Add(value, []);

    public void Add(T value, string tagName, string tagValue) => Add(value, [new(tagName, tagValue)]);

    public void Add(T value, TierStatistics tier) => Add(value, TagsOf(tier));

    public void Add(T value, TierStatistics tier, string tagName, string tagValue) => Add(value, [.. TagsOf(tier), new(tagName, tagValue)]);

    public void Add(T value, IEnumerable<KeyValuePair<string, object?>> tags) =>
        _measurements.Add(new Measurement<T>(value, [.. tags, new(TelemetryTags.Cache, _cacheName)]));

    private static KeyValuePair<string, object?>[] TagsOf(TierStatistics tier) => [new(TelemetryTags.Tier, tier.Name), new(TelemetryTags.Level, tier.Level)];
}
