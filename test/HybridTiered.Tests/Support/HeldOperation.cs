namespace HybridTiered.Tests.Support;

/// <summary>An operation that waits, before it takes effect, until the test lets it go on.</summary>
public sealed class HeldOperation
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the operation has begun; fails when that does not happen, so that a test of it does not hang.</summary>
    public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public void Release() => _released.TrySetResult();

    public async Task PassAsync()
    {
        _reached.TrySetResult();
        await _released.Task;
    }
}
