using System.IO.Pipelines;

namespace Pipelines.Sockets.Unofficial;

/// <summary>The end to which the client writes commands.</summary>
internal sealed class SendPipeWriter(Pipe pipe) : PipeWriter
{
    private volatile bool _completed;

    public Pipe Pipe => pipe;

    public long Written { get; private set; }

    public override Memory<byte> GetMemory(int sizeHint = 0) => pipe.Writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => pipe.Writer.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        pipe.Writer.Advance(bytes);
        Written += bytes;
    }

    /// <summary>Never throws <see cref="ConnectionResetException"/>: the client would pass that on to callers instead of its own exception.</summary>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => _completed
        ? ValueTask.FromException<FlushResult>(new InvalidOperationException("The writer was completed."))
        : pipe.Writer.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => pipe.Writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        _completed = true;
        // The send loop sends what was flushed, then ends.
        pipe.Reader.CancelPendingRead();
    }
}
