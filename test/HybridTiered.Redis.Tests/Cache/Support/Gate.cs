namespace HybridTiered.Redis.Tests.Cache.Support;

/// <summary>Holds back whoever passes until it is opened, and tells when somebody has arrived. Open for good afterwards.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the first has arrived.</summary>
    public Task Reached => _reached.Task;

    public void Open() => _opened.TrySetResult();

    public async Task PassAsync()
    {
        _reached.TrySetResult();
        await _opened.Task;
    }
}
