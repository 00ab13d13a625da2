namespace HybridTiered.Memcached.Protocol;

/// <summary>A command with an answer of a type.</summary>
/// <typeparam name="T">What the answer says.</typeparam>
internal abstract class PendingCommand<T> : PendingCommand
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The answer. A cancelled caller stops waiting; the answer is dropped when it comes.</summary>
    public Task<T> WaitAsync(CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? WaitOrLeaveAsync(cancellationToken) : _completion.Task;

    public sealed override void Fail(Exception fault)
    {
        if (_completion.TrySetException(fault))
            DropReceived();
    }

    protected ReplyStep Complete(T answer)
    {
        if (!_completion.TrySetResult(answer))
            DropReceived();
        return ReplyStep.Done;
    }

    /// <summary>Gives back the buffers of an answer that nobody gets.</summary>
    protected virtual void DropReceived()
    {
    }

    private async Task<T> WaitOrLeaveAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration leaving = cancellationToken.UnsafeRegister(
            static (command, token) => ((PendingCommand<T>)command!)._completion.TrySetCanceled(token), this);
        return await _completion.Task.ConfigureAwait(false);
    }
}
