using System.Globalization;
using HybridTiered.Simulations.Workloads;

namespace HybridTiered.Simulations.Comparison;

/// <summary>Simulates every workload at every size and says where L1 falls short of its limit.</summary>
internal static class HitRatioGate
{
    /// <summary>The sizes of the cache, in percent of the key space.</summary>
    public static readonly int[] Percents = [1, 5, 10, 25];

    /// <summary>Runs the gate.</summary>
    /// <returns>0 if every limit is kept, 1 if one is not.</returns>
    public static int Run(IEnumerable<Workload> workloads, TextWriter output)
    {
        bool allKept = true;
        Print(output, "name", "measured", "limit", "");
        foreach (Workload workload in workloads)
        {
            foreach (int percent in Percents)
            {
                double ours = Contender.Ours.HitRatio(workload, percent);
                double lru = Contender.Lru.HitRatio(workload, percent);
                double wTinyLfu = Contender.WTinyLfu.HitRatio(workload, percent);
                double limit = HitRatioLimit.For(workload, lru, wTinyLfu);
                allKept &= ours >= limit;
                Print(
                    output,
                    $"{workload.Name}, cache of {percent} %",
                    Percentage(ours),
                    $"{Percentage(limit)} (LRU {Percentage(lru)}, W-TinyLFU {Percentage(wTinyLfu)})",
                    ours >= limit ? "ok" : "SHORT");
            }
        }
        return allKept ? 0 : 1;
    }

    private static string Percentage(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{100 * ratio:F2} %");

    private static void Print(TextWriter output, string name, string measured, string limit, string verdict) =>
        output.WriteLine($"{name,-38}  {measured,-9}  {limit,-44}  {verdict}".TrimEnd());
}
