using System.Diagnostics;

namespace HybridTiered.Load.Growth;

/// <summary>Times two pieces of code in turn, so that whatever slows the machine down slows both.</summary>
internal static class PairedRounds
{
    /// <summary>Measures.</summary>
    /// <param name="rounds">How often each is run and timed; a fifth of that comes before, untimed.</param>
    /// <param name="operations">How many operations a run has.</param>
    /// <param name="ours">Runs that many operations, from a position that moves from round to round.</param>
    /// <param name="theirs">The same for what it is compared with.</param>
    /// <returns>The median times of one operation, in nanoseconds, and the median of the rounds' ratios.</returns>
    public static (double Ours, double Theirs, double Ratio) Measure(int rounds, int operations, Action<int, int> ours, Action<int, int> theirs)
    {
        var times = new double[rounds];
        var theirTimes = new double[rounds];
        var ratios = new double[rounds];
        for (int round = -Math.Max(1, rounds / 5); round < rounds; round++)
        {
            int position = (round + rounds) * operations;
            bool oursFirst = (round & 1) == 0;
            double first = Time(oursFirst ? ours : theirs, position, operations);
            double second = Time(oursFirst ? theirs : ours, position, operations);
            if (round < 0)
                continue;
            (times[round], theirTimes[round]) = oursFirst ? (first, second) : (second, first);
            ratios[round] = times[round] / theirTimes[round];
        }
        return (Median(times), Median(theirTimes), Median(ratios));
    }

    public static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private static double Time(Action<int, int> code, int position, int operations)
    {
        long start = Stopwatch.GetTimestamp();
        code(position, operations);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / operations;
    }
}
