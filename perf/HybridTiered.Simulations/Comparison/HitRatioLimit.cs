using HybridTiered.Simulations.Workloads;

namespace HybridTiered.Simulations.Comparison;

/// <summary>What the hit ratio of L1 has to reach: that of LRU, and nearly that of W-TinyLFU.</summary>
internal static class HitRatioLimit
{
    private const double OfWTinyLfu = 0.99;
    private const double OfLru = 1.0;

    // Nothing beats LRU there, and whoever keeps popular entries through scans and loops does not quite reach it.
    private const double OfLruWhereItIsBest = 0.98;

    /// <summary>The least hit ratio, from those of LRU and W-TinyLFU.</summary>
    public static double For(Workload workload, double lru, double wTinyLfu) =>
        Math.Max(wTinyLfu * OfWTinyLfu, lru * (workload.FavoursLru ? OfLruWhereItIsBest : OfLru));
}
