namespace HybridTiered.AspNetCore.Telemetry;

/// <summary>What kind of numbers a metric has.</summary>
internal enum MetricKind
{
    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts values by size.</summary>
    Histogram,
}
