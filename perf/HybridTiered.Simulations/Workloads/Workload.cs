namespace HybridTiered.Simulations.Workloads;

/// <summary>A sequence of requests of a known shape, the same in every run.</summary>
/// <param name="Name">How tables and plots call it.</param>
/// <param name="KeyCount">Keys are below this.</param>
/// <param name="KeySpace">What the sizes of caches are shares of: the keys that are asked for again and again.</param>
/// <param name="Trace">The keys in the order of requests.</param>
internal sealed record Workload(string Name, int KeyCount, int KeySpace, int[] Trace)
{
    /// <summary>Whether LRU is the best that can be done without knowing the future, or close to it.</summary>
    public bool FavoursLru { get; init; }
}
