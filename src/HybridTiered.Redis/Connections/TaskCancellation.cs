namespace HybridTiered.Redis.Connections;

/// <summary>StackExchange.Redis takes no cancellation tokens: what can be cancelled is the wait for its answer.</summary>
internal static class TaskCancellation
{
    public static Task<T> OrCancelled<T>(this Task<T> task, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled && !task.IsCompleted ? task.WaitAsync(cancellationToken) : task;

    public static ValueTask<T> OrCancelled<T>(this ValueTask<T> task, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled && !task.IsCompleted ? new ValueTask<T>(task.AsTask().WaitAsync(cancellationToken)) : task;

    /// <summary>Perhaps nobody will look at how the task ends; that is no unobserved exception.</summary>
    public static void Forget(this Task task) => _ = task.ContinueWith(
        static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
