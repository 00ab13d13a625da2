namespace HybridTiered.Diagnostics;

/// <summary>Tasks that somebody stops waiting for, and that must not raise an unobserved exception for it.</summary>
internal static class GivenUpTasks
{
    /// <summary>Nobody will look at how the task ends.</summary>
    public static void Forget(this Task task) => _ = task.ContinueWith(
        static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    /// <summary>Waits for a task, but not longer than a limit; after that it is forgotten.</summary>
    /// <exception cref="TimeoutException">The limit was reached before the task had ended, which then goes on; or the task itself timed out.</exception>
    public static async Task WithinAsync(this Task task, TimeSpan limit, TimeProvider time)
    {
        try
        {
            await task.WaitAsync(limit, time).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            task.Forget();
            throw;
        }
    }
}
