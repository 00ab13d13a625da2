namespace HybridTiered.Tests.Support;

/// <summary>An operation that waits, before it takes effect, until the test lets it go on.</summary>
public sealed class HeldOperation
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits wherever the test calls <see cref="PassAsync"/>.</summary>
    public HeldOperation()
    {
    }

    /// <summary>Holds the first call of one operation of a tier back.</summary>
    public HeldOperation(InMemoryTier tier, string operation, string key)
    {
        int calls = 0;
        tier.Before = (o, k) =>
            o == operation && k == key && Interlocked.Increment(ref calls) == 1 ? new ValueTask(PassAsync()) : default;
    }

    /// <summary>Ends when the operation has begun; fails when that does not happen, so that a test of it does not hang.</summary>
    public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public void Release() => _released.TrySetResult();

    public async Task PassAsync()
    {
        _reached.TrySetResult();
        await _released.Task;
    }
}
