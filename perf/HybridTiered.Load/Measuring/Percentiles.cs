using System.Globalization;

namespace HybridTiered.Load.Measuring;

/// <summary>How histograms are printed.</summary>
internal static class Percentiles
{
    /// <summary>p50, p90, p99, p99.9 and the largest, in milliseconds.</summary>
    public static string Describe(LatencyHistogram histogram) =>
        $"p50 {Milliseconds(histogram, 0.5)}  p90 {Milliseconds(histogram, 0.9)}  p99 {Milliseconds(histogram, 0.99)}  p99.9 {Milliseconds(histogram, 0.999)}  max {Milliseconds(histogram, 1)}";

    /// <summary>Whether a share stays below a target, in words. Targets depend on the machine, so they never decide how a program ends.</summary>
    public static string Judge(LatencyHistogram histogram, string name, double share, TimeSpan target) =>
        histogram.Count == 0 ? $"SHORT  {name}: nothing was measured"
        : histogram.Percentile(share) < target
            ? string.Create(CultureInfo.InvariantCulture, $"OK     {name} < {target.TotalMilliseconds} ms")
            : string.Create(CultureInfo.InvariantCulture, $"SHORT  {name} is {Milliseconds(histogram, share)}, the target {target.TotalMilliseconds} ms; depends on the machine and its load");

    private static string Milliseconds(LatencyHistogram histogram, double share) =>
        string.Create(CultureInfo.InvariantCulture, $"{histogram.Percentile(share).TotalMilliseconds:N3} ms");
}
