namespace HybridTiered.AspNetCore.Telemetry;

/// <summary>One metric as it stood when it was collected.</summary>
/// <param name="Name">The name of the instrument.</param>
/// <param name="Unit">Its unit in UCUM, such as <c>s</c>, <c>By</c> or <c>{request}</c>; may be empty.</param>
/// <param name="Description">What it says.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Boundaries">Of a histogram: the upper bounds of its buckets, but for the last, which has none.</param>
/// <param name="Series">One for each set of tags.</param>
internal sealed record MetricFamily(
    string Name, string Unit, string Description, MetricKind Kind, IReadOnlyList<double> Boundaries, IReadOnlyList<MetricSeries> Series);
