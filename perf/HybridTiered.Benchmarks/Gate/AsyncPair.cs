using System.Diagnostics;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>
/// Compares two pieces of asynchronous code as <see cref="PairedTimer"/> compares synchronous ones: in short rounds that take turns, each round by a number of
/// callers at once. Allocations are those of the whole process, because a call goes on on other threads than it began on.
/// </summary>
/// <param name="Callers">How many callers make calls at once, each the next when its last has ended.</param>
/// <param name="CallsPerRound">How many calls each caller makes per round.</param>
/// <param name="Rounds">How many rounds count.</param>
/// <param name="WarmupRounds">How many come before.</param>
internal sealed record AsyncPair(int Callers, int CallsPerRound, int Rounds, int WarmupRounds)
{
    /// <summary>Compares.</summary>
    /// <param name="path">Makes calls one after the other: as the caller with this number, as many as it is told.</param>
    /// <param name="yardstick">The same for what it is compared with.</param>
    public async Task<AsyncMeasured> CompareAsync(Func<int, int, Task> path, Func<int, int, Task> yardstick)
    {
        for (int i = 0; i < WarmupRounds; i++)
        {
            await RoundAsync(path);
            await RoundAsync(yardstick);
        }
        var ours = new (double Seconds, long Bytes)[Rounds];
        var theirs = new (double Seconds, long Bytes)[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            // Turn about, so that neither always comes second.
            if ((i & 1) == 0)
                ours[i] = await RoundAsync(path);
            theirs[i] = await RoundAsync(yardstick);
            if ((i & 1) != 0)
                ours[i] = await RoundAsync(path);
        }
        int calls = Callers * CallsPerRound;
        return new AsyncMeasured(
            Medians.Of(ours.Zip(theirs, (our, their) => our.Seconds / their.Seconds)),
            Medians.Of(ours.Select(round => round.Seconds)) / calls,
            Medians.Of(theirs.Select(round => round.Seconds)) / calls,
            (double)Medians.Of(ours.Select(round => round.Bytes)) / calls,
            (double)Medians.Of(theirs.Select(round => round.Bytes)) / calls);
    }

    private async Task<(double Seconds, long Bytes)> RoundAsync(Func<int, int, Task> code)
    {
        long bytes = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => code(caller, CallsPerRound)));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (seconds, GC.GetTotalAllocatedBytes(precise: true) - bytes);
    }
}
