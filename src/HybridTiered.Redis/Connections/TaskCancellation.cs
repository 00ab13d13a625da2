namespace HybridTiered.Redis.Connections;

/// <summary>StackExchange.Redis takes no cancellation tokens: what can be cancelled is the wait for its answer.</summary>
internal static class TaskCancellation
{
    public static Task<T> OrCancelled<T>(this Task<T> task, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled && !task.IsCompleted ? task.WaitAsync(cancellationToken) : task;
}
