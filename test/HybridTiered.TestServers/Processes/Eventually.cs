using System.Diagnostics;

namespace HybridTiered.TestServers.Processes;

/// <summary>Waits for what another process does and nothing announces.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Polls a condition until it holds.</summary>
    /// <exception cref="TimeoutException">It did not hold within 20 s.</exception>
    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    /// <summary>Polls a condition until it holds.</summary>
    /// <exception cref="TimeoutException">It did not hold within 20 s.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition().ConfigureAwait(false))
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline)
                throw new TimeoutException($"Not within {Deadline.TotalSeconds} s: {what}.");
            await Task.Delay(Pause).ConfigureAwait(false);
        }
    }
}
