namespace HybridTiered.Tests.Support;

/// <summary>Holds the first call of one operation of an <see cref="InMemoryTier"/> back until the test lets it go on.</summary>
internal sealed class HeldOperation
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HeldOperation(InMemoryTier tier, string operation, string key)
    {
        int calls = 0;
        tier.Before = async (o, k) =>
        {
            if (o != operation || k != key || Interlocked.Increment(ref calls) > 1)
                return;
            _reached.SetResult();
            await _released.Task;
        };
    }

    /// <summary>Ends when the operation has been called.</summary>
    public Task Reached => _reached.Task;

    public void Release() => _released.SetResult();
}
