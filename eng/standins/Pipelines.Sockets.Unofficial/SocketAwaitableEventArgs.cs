using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Pipelines.Sockets.Unofficial;

/// <summary>Socket arguments that can be awaited, once per operation; the result is the number of bytes moved.</summary>
/// <remarks>Use: <c>if (!socket.XxxAsync(args)) args.Complete(); await args;</c></remarks>
public sealed class SocketAwaitableEventArgs(PipeScheduler? scheduler) : SocketAsyncEventArgs(true), ICriticalNotifyCompletion
{
    private static readonly Action Ended = static () => { };

    // Null while the operation runs and nobody waits, Ended once it has ended, else what to run at its end.
    private Action? _continuation;

    public bool IsCompleted => ReferenceEquals(Volatile.Read(ref _continuation), Ended);

    public SocketAwaitableEventArgs GetAwaiter() => this;

    public int GetResult()
    {
        Volatile.Write(ref _continuation, null);
        return SocketError == SocketError.Success ? BytesTransferred : throw new SocketException((int)SocketError);
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        if (Interlocked.CompareExchange(ref _continuation, continuation, null) is not null)
            Run(continuation);
    }

    public void Complete() => OnCompleted(this);

    public void Abort(SocketError error)
    {
        SocketError = error;
        Complete();
    }

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        Action? continuation = Interlocked.Exchange(ref _continuation, Ended);
        if (continuation is not null && !ReferenceEquals(continuation, Ended))
            Run(continuation);
    }

    private void Run(Action continuation) => (scheduler ?? PipeScheduler.ThreadPool).Schedule(static action => ((Action)action!)(), continuation);
}
