namespace HybridTiered.Tests.Support;

/// <summary>What stands for the database: counts how often it is asked, and can hold its answer back.</summary>
internal sealed class Source<T>(T value)
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _gate;
    private int _calls;

    public T Value { get; set; } = value;

    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Ends when it is asked for the first time.</summary>
    public Task Asked => _asked.Task;

    /// <summary>The factory. What it returns is read before it is held back, so it can be outdated by then.</summary>
    public async ValueTask<T> ComputeAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        T value = Value;
        _asked.TrySetResult();
        if (Volatile.Read(ref _gate) is { } gate)
            await gate.Task.WaitAsync(cancellationToken);
        return value;
    }

    /// <summary>From here on answers wait for <see cref="Release"/>.</summary>
    public void Hold() => Volatile.Write(ref _gate, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    public void Release() => Interlocked.Exchange(ref _gate, null)!.SetResult();
}
