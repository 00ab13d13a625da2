using System.IO.Pipelines;

namespace Pipelines.Sockets.Unofficial;

/// <summary>The end from which the client parses replies.</summary>
internal sealed class ReceivePipeReader : PipeReader
{
    private const int BufferSize = 64 << 10;

    /// <summary>How much may lie unparsed before TCP is left to push back. What the parser has looked at does not count, so a longer reply still passes.</summary>
    private const int PauseAt = 16 << 20;

    private readonly ParserScheduler _scheduler = new();
    private volatile bool _completed;

    public ReceivePipeReader() =>
        Pipe = new Pipe(new PipeOptions(
            readerScheduler: _scheduler,
            pauseWriterThreshold: PauseAt,
            resumeWriterThreshold: PauseAt / 2,
            minimumSegmentSize: BufferSize,
            useSynchronizationContext: false));

    public Pipe Pipe { get; }

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfCompleted();
        return Pipe.Reader.TryRead(out result);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        return Pipe.Reader.ReadAsync(cancellationToken);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // The client parses an incomplete reply again from its start. Receiving meanwhile lets it see much more of it the next time.
        _scheduler.OnPool = !consumed.Equals(examined);
        Pipe.Reader.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead()
    {
        // The parser must not run on the thread that cancels.
        _scheduler.OnPool = true;
        Pipe.Reader.CancelPendingRead();
    }

    public override void Complete(Exception? exception = null)
    {
        _completed = true;
        CancelPendingRead();
        // A paused receive loop goes on, and ends when the stream is disposed.
        Pipe.Writer.CancelPendingFlush();
    }

    private void ThrowIfCompleted()
    {
        if (_completed)
            throw new InvalidOperationException("The reader was completed.");
    }
}
