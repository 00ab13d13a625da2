namespace HybridTiered.Benchmarks.Gate;

/// <summary>One way to a hit, and what it may cost.</summary>
/// <param name="Name">How the gate's table calls it.</param>
/// <param name="Limit">The most it may cost, as a multiple of a lookup in a dictionary.</param>
/// <param name="Lookups">Makes as many lookups as it is told and returns something that depends on each, so that none is optimised away.</param>
internal sealed record HotPath(string Name, double Limit, Func<int, int> Lookups);
