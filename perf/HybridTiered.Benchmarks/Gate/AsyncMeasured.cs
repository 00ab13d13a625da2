namespace HybridTiered.Benchmarks.Gate;

/// <summary>What a path was measured at, beside its yardstick in the same rounds.</summary>
/// <param name="TimeRatio">The median, over all rounds, of its time by that of the yardstick.</param>
/// <param name="Seconds">The median time of one call.</param>
/// <param name="YardstickSeconds">The median time of one call of the yardstick.</param>
/// <param name="Bytes">What one call allocates, on whatever thread.</param>
/// <param name="YardstickBytes">What one call of the yardstick allocates.</param>
internal readonly record struct AsyncMeasured(double TimeRatio, double Seconds, double YardstickSeconds, double Bytes, double YardstickBytes)
{
    /// <summary>Calls per second, by those of the yardstick.</summary>
    public double ThroughputRatio => 1 / TimeRatio;

    /// <summary>Calls per second.</summary>
    public double PerSecond => 1 / Seconds;

    /// <summary>Calls of the yardstick per second.</summary>
    public double YardstickPerSecond => 1 / YardstickSeconds;

    public double Microseconds => Seconds * 1e6;

    public double BytesRatio => Bytes / YardstickBytes;
}
