using System.Globalization;
using HybridTiered.Simulations.Workloads;

namespace HybridTiered.Simulations.Comparison;

/// <summary>The hit ratios of all contenders as a table in Markdown.</summary>
internal static class HitRatioTable
{
    public static void Write(IEnumerable<Workload> workloads, TextWriter output)
    {
        output.WriteLine($"| workload | cache | {string.Join(" | ", Contender.All.Select(c => c.Name))} |");
        output.WriteLine($"|---|---|{string.Concat(Contender.All.Select(_ => "---|"))}");
        foreach (Workload workload in workloads)
        {
            foreach (int percent in HitRatioGate.Percents)
            {
                IEnumerable<string> ratios = Contender.All.Select(c => (100 * c.HitRatio(workload, percent)).ToString("F1", CultureInfo.InvariantCulture));
                output.WriteLine($"| {workload.Name} | {percent} % | {string.Join(" | ", ratios)} |");
            }
        }
    }
}
