using HybridTiered.Diagnostics;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Chain;

/// <summary>The operations that go on behind a call that has returned: counted, awaited at shutdown, and never unobserved.</summary>
internal sealed class BackgroundWork(ILogger logger)
{
    private readonly Lock _lock = new();
    private int _running;
    private TaskCompletionSource? _idle;

    public int Running
    {
        get
        {
            lock (_lock)
                return _running;
        }
    }

    /// <summary>Lets an operation go on. Whatever it throws is logged.</summary>
    public void Add(ValueTask operation)
    {
        if (operation.IsCompletedSuccessfully)
        {
            operation.GetAwaiter().GetResult();
            return;
        }
        lock (_lock)
            _running++;
        _ = ObserveAsync(operation);
    }

    /// <summary>Ends when nothing is under way, which may be now.</summary>
    public Task WhenIdleAsync()
    {
        lock (_lock)
        {
            return _running == 0
                ? Task.CompletedTask
                : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private async Task ObserveAsync(ValueTask operation)
    {
        try
        {
            await operation.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            logger.BackgroundWorkFailed(exception);
        }
        TaskCompletionSource? idle = null;
        lock (_lock)
        {
            if (--_running == 0)
                (idle, _idle) = (_idle, null);
        }
        idle?.SetResult();
    }
}
