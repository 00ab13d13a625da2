using HybridTiered.Load.Coherence;

namespace HybridTiered.Load.Faults;

/// <summary>What a scenario came to.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Coherence">What was checked and found.</param>
/// <param name="ReadsBefore">Reads per second before the fault.</param>
/// <param name="ReadsDuring">Reads per second during the fault.</param>
/// <param name="Damaged">How many pieces of traffic were damaged; <see langword="null"/> where none was to be.</param>
internal sealed record FaultOutcome(Scenario Scenario, CoherenceOutcome Coherence, double ReadsBefore, double ReadsDuring, long? Damaged)
{
    /// <summary>By which part of what was read before the fault may be read less during it.</summary>
    public const double LeastThroughput = 0.9;

    /// <summary>By how much the live heap of an instance may grow.</summary>
    public const long LargestGrowth = 16 * 1024 * 1024;

    public double Throughput => ReadsDuring / ReadsBefore;

    public bool KeptUp => Throughput >= LeastThroughput;

    /// <summary>Whether there is no violation, memory is flat, and the fault came about.</summary>
    public bool IsClean => Coherence.Tally.Violations == 0 && Coherence.HeapGrowth < LargestGrowth && Damaged != 0;

    public void Print()
    {
        Coherence.Print();
        if (Damaged is { } damaged)
            Console.WriteLine(FormattableString.Invariant($"damaged         {damaged,12:N0}  pieces of what Redis sent to subscribers"));
        Console.WriteLine(FormattableString.Invariant($"throughput      {ReadsDuring,12:N0}  reads/s during the fault, {ReadsBefore:N0} before: {100 * Throughput:N0} %"));
        Console.WriteLine($"{(IsClean ? "OK" : "FAILED")}     {Scenario.Name}{(KeptUp ? "" : FormattableString.Invariant($"; throughput below {100 * LeastThroughput} %"))}");
    }
}
