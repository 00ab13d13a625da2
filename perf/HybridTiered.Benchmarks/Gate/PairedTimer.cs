using System.Diagnostics;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>
/// Compares two pieces of code on a machine that is not quiet: short rounds of one and the other in turn, so that whatever slows the machine down slows
/// both, and the median of the rounds' ratios, so that a round that was interrupted does not count.
/// </summary>
internal static class PairedTimer
{
    private const int Rounds = 1_001;
    private const int LookupsPerRound = 20_000;
    private const int WarmupRounds = 200;

    public static Measured Compare(Func<int, int> path, Func<int, int> baseline)
    {
        // Long enough for the compiler's last tier, which works on a thread of its own.
        for (int i = 0; i < WarmupRounds; i++)
        {
            path(LookupsPerRound);
            baseline(LookupsPerRound);
        }
        var ratios = new double[Rounds];
        var times = new double[Rounds];
        var baselineTimes = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            // Turn about, so that neither always comes second.
            (double ours, double theirs) = (i & 1) == 0 ? (Time(path), Time(baseline)) : Swap(Time(baseline), Time(path));
            ratios[i] = ours / theirs;
            times[i] = ours;
            baselineTimes[i] = theirs;
        }
        return new Measured(Medians.Of(ratios), Medians.Of(times) / LookupsPerRound, Medians.Of(baselineTimes) / LookupsPerRound, BytesPerLookup(path));
    }

    /// <summary>What one lookup allocates.</summary>
    public static double BytesPerLookup(Func<int, int> path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        path(LookupsPerRound);
        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / LookupsPerRound;
    }

    private static double Time(Func<int, int> code)
    {
        long start = Stopwatch.GetTimestamp();
        code(LookupsPerRound);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    private static (double Ours, double Theirs) Swap(double theirs, double ours) => (ours, theirs);
}
