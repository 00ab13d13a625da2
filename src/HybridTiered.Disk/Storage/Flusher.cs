using HybridTiered.Disk.Segments;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Disk.Storage;

/// <summary>
/// Makes durable what was appended, a flush interval after the first append that was not durable yet, and writes the footers of segments
/// that have become full. The file system is waited for without the append lock.
/// </summary>
internal sealed class Flusher : IDisposable
{
    private readonly DiskTierOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _flushLock = new();
    private readonly Lock _appendLock;
    private readonly LogTail _tail;
    private readonly SegmentTable _segments;
    private readonly ITimer _timer;
    private bool _scheduled;
    private bool _closed;
    private Exception? _fault;

    public Flusher(DiskTierOptions options, TimeProvider time, ILogger logger, Lock appendLock, LogTail tail, SegmentTable segments)
    {
        _options = options;
        _logger = logger;
        _appendLock = appendLock;
        _tail = tail;
        _segments = segments;
        _timer = time.CreateTimer(static state => ((Flusher)state!).FlushInBackground(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sees to it that what was appended becomes durable. Called under the append lock.</summary>
    public void Schedule_NeedsLock()
    {
        if (_scheduled)
            return;
        _scheduled = true;
        _timer.Change(_options.FlushInterval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Reports a flush that failed in the background, once. Called under the append lock.</summary>
    public void ThrowIfFaulted_NeedsLock()
    {
        if (_fault is not { } fault)
            return;
        _fault = null;
        throw new IOException($"The cache folder '{_options.Directory}' could not be flushed: {fault.Message}", fault);
    }

    /// <summary>Makes everything appended so far durable.</summary>
    public void Flush()
    {
        lock (_flushLock)
        {
            if (_closed)
                return;
            List<Segment> full = [];
            Segment? newest = null;
            try
            {
                lock (_appendLock)
                {
                    _scheduled = false;
                    _tail.Flush();
                    full.AddRange(_tail.Unsealed.Where(segment => segment.TryLease()));
                    if (_segments.Count > 0 && _segments.All[^1].TryLease())
                        newest = _segments.All[^1];
                }
                Flush(full, newest);
            }
            finally
            {
                newest?.Release();
                foreach (Segment segment in full)
                    segment.Release();
            }
        }
    }

    /// <summary>Flushes for the last time and closes the newest segment with a footer. Nothing appends any more.</summary>
    public void Dispose()
    {
        lock (_flushLock)
        {
            _timer.Dispose();
            try
            {
                Flush();
                if (_segments.Count > 0 && _segments.All[^1] is { IsSealed: false } newest)
                {
                    newest.Position = _tail.Position;
                    newest.Seal(_tail.EntriesOf(newest)!, hasSuccessor: false);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                DiskTierLog.CannotClose(_logger, fault, _options.Directory);
            }
            _closed = true;
        }
    }

    /// <summary>Data in the order of the log first, footers last: a footer with a successor promises that the next segment is durable.</summary>
    private void Flush(List<Segment> full, Segment? newest)
    {
        foreach (Segment segment in full)
            segment.File.Flush();
        newest?.File.Flush();
        foreach (Segment segment in full)
        {
            if (segment.Entries is not { } entries)
                continue;
            segment.Seal(entries, hasSuccessor: true);
            lock (_appendLock)
            {
                segment.IsSealed = true;
                segment.Entries = null;
                _tail.Unsealed.Remove(segment);
            }
        }
    }

    private void FlushInBackground()
    {
        try
        {
            Flush();
        }
        catch (Exception fault)
        {
            // A timer has no caller to throw to; the next write does.
            lock (_appendLock)
                _fault = fault;
            DiskTierLog.CannotFlush(_logger, fault, _options.Directory);
        }
    }
}
