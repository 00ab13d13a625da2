using System.Buffers;
using HybridTiered.Disk.Files;

namespace HybridTiered.Disk.Segments;

/// <summary>Reads a file front to back in large steps.</summary>
internal sealed class SegmentReader(ISegmentFile file, long end) : IDisposable
{
    private const int Step = 1024 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Step);
    private long _start;
    private int _filled;

    /// <summary>Where reading ends.</summary>
    public long End => end;

    /// <summary>The bytes at a place, fewer where the file or the range ends. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Peek(long offset, long length)
    {
        int wanted = (int)Math.Clamp(end - offset, 0, length);
        if (offset < _start || offset + wanted > _start + _filled)
            Fill(offset, wanted);
        int at = (int)(offset - _start);
        return _buffer.AsSpan(at, Math.Clamp(_filled - at, 0, wanted));
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Fill(long offset, int wanted)
    {
        if (wanted > _buffer.Length)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(wanted);
        }
        int length = (int)Math.Min(_buffer.Length, end - offset);
        _start = offset;
        _filled = file.Read(_buffer.AsSpan(0, length), offset);
    }
}
