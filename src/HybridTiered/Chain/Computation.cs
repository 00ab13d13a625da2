namespace HybridTiered.Chain;

/// <summary>A factory under way that is waited for with limits, which are counted from its start.</summary>
internal sealed class Computation<T>(Task<T> task, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    public Task<T> Task { get; } = task;

    /// <summary>Waits until it has ended, however, or a time has passed since its start.</summary>
    public async ValueTask<bool> EndsWithinAsync(TimeSpan limit)
    {
        TimeSpan left = limit - time.GetElapsedTime(_started);
        if (Task.IsCompleted || left <= TimeSpan.Zero)
            return Task.IsCompleted;
        using var stop = new CancellationTokenSource();
        Task pause = System.Threading.Tasks.Task.Delay(left, time, stop.Token);
        Task first = await System.Threading.Tasks.Task.WhenAny(Task, pause).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        return first == Task || Task.IsCompleted;
    }
}
