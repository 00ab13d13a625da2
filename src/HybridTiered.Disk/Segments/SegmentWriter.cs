using System.Buffers;

namespace HybridTiered.Disk.Segments;

/// <summary>
/// Appends records to the newest segment. They wait in a buffer, from where they can be read, until it is full or flushed. Not thread-safe:
/// the log's append lock guards it.
/// </summary>
/// <remarks>
/// What has been handed to the operating system is always a whole number of records in the order of appending. A write that fails leaves
/// the buffer as it was, to be tried again at the same place.
/// </remarks>
internal sealed class SegmentWriter(Segment segment, List<FooterEntry> entries, byte[] buffer, long capacity)
{
    private int _buffered;
    private bool _hasDebris;

    public Segment Segment => segment;

    /// <summary>What the segment's records say, in order.</summary>
    public List<FooterEntry> Entries => entries;

    /// <summary>Where the next record goes.</summary>
    public long End => segment.Written + _buffered;

    /// <summary>Whether a record, and the footer, still have room in the segment.</summary>
    public bool Fits(long recordLength) =>
        End + SegmentFormat.Align(recordLength) + SegmentFormat.FooterLength(entries.Count + 1) <= capacity;

    /// <summary>Appends a record that fits, and returns its place.</summary>
    public uint Append(ref RecordHeader header, ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload)
    {
        int length = checked((int)header.PaddedLength);
        if (length > buffer.Length - _buffered)
            Flush();
        uint place = checked((uint)(End / SegmentFormat.Alignment));
        if (length > buffer.Length)
        {
            AppendUnbuffered(ref header, key, payload, length);
        }
        else
        {
            header.WriteRecord(buffer.AsSpan(_buffered, length), segment.SeedAt(End), key, payload);
            _buffered += length;
        }
        // The position goes into the trailer.
        if (header.Kind != RecordKind.Position)
            entries.Add(new FooterEntry(header.Hash, header.End, place, (uint)header.Length, header.Kind));
        return place;
    }

    /// <summary>Hands the buffer to the operating system.</summary>
    public void Flush()
    {
        if (_buffered == 0)
            return;
        Write(buffer.AsSpan(0, _buffered));
        _buffered = 0;
    }

    /// <summary>Copies a record that may still be in the buffer.</summary>
    /// <returns>Whether it is; otherwise it is in the file.</returns>
    public bool TryCopy(long offset, Span<byte> destination)
    {
        long at = offset - segment.Written;
        if (at < 0 || at + destination.Length > _buffered)
            return false;
        buffer.AsSpan((int)at, destination.Length).CopyTo(destination);
        return true;
    }

    private void AppendUnbuffered(ref RecordHeader header, ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload, int length)
    {
        byte[] record = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            header.WriteRecord(record.AsSpan(0, length), segment.SeedAt(End), key, payload);
            Write(record.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(record);
        }
    }

    private void Write(ReadOnlySpan<byte> data)
    {
        long offset = segment.Written;

        // What a failed write has left behind must not be found there later between shorter records.
        if (_hasDebris)
            segment.File.Truncate(offset);
        _hasDebris = true;
        segment.File.Write(data, offset);
        _hasDebris = false;
        segment.Written = offset + data.Length;
    }
}
