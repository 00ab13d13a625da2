namespace HybridTiered.AspNetCore.Telemetry;

/// <summary>The numbers of a metric under one set of tags, as they stood when they were collected.</summary>
/// <param name="Tags">The tags, always in the same order.</param>
/// <param name="Value">The number; of a histogram the sum of all values.</param>
/// <param name="Buckets">Of a histogram: how many values fell between the boundaries, and in the last place above them all.</param>
internal sealed record MetricSeries(IReadOnlyList<KeyValuePair<string, string>> Tags, double Value, IReadOnlyList<long> Buckets);
