using HybridTiered.Simulations.Policies;
using HybridTiered.Simulations.Workloads;

namespace HybridTiered.Simulations.Comparison;

/// <summary>A policy that takes part in the comparison.</summary>
/// <param name="Name">How tables and plots call it.</param>
/// <param name="Create">Makes an empty cache of a capacity for a workload.</param>
internal sealed record Contender(string Name, Func<int, Workload, IPolicy> Create)
{
    public static readonly Contender Ours = new("HybridTiered", static (capacity, workload) => new Product(capacity, workload.KeyCount));

    public static readonly Contender WTinyLfu = new("W-TinyLFU", static (capacity, workload) => new WTinyLfu(capacity, workload.KeyCount));

    public static readonly Contender Lru = new("LRU", static (capacity, workload) => new Lru(capacity, workload.KeyCount));

    public static readonly Contender Fifo = new("FIFO", static (capacity, workload) => new Fifo(capacity, workload.KeyCount));

    public static readonly Contender Optimum = new("Belady's optimum", static (capacity, workload) => new Belady(capacity, workload.KeyCount, workload.Trace));

    /// <summary>All of them, in the order of tables and legends.</summary>
    public static IReadOnlyList<Contender> All { get; } = [Ours, WTinyLfu, Lru, Fifo, Optimum];

    /// <summary>The share of a workload's requests that a cache answers.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="percent">The size of the cache in percent of the workload's key space.</param>
    public double HitRatio(Workload workload, int percent)
    {
        IPolicy policy = Create(CapacityOf(workload, percent), workload);
        int hits = 0;
        foreach (int key in workload.Trace)
        {
            if (policy.Access(key))
                hits++;
        }
        (policy as IDisposable)?.Dispose();
        return (double)hits / workload.Trace.Length;
    }

    // Two places are the least that a window and a main part can share.
    private static int CapacityOf(Workload workload, int percent) => Math.Max(2, (int)((long)workload.KeySpace * percent / 100));
}
