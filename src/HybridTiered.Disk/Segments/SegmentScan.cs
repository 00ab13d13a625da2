using HybridTiered.Invalidation;

namespace HybridTiered.Disk.Segments;

/// <summary>
/// Reads the records of a segment that has no usable footer, and finds out what its footer would have said.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>A record whose header is intact and whose body is not says which key it was about: that key is gone.</item>
/// <item>Where no header is intact, and what follows is not what an interrupted write leaves behind, the records in between are unknown. What
/// is found beyond them counts; everything older might have been replaced or removed by them, so the entries begin with
/// <see cref="RecordKind.Clear"/>.</item>
/// <item>An interrupted write leaves a part of a record at the very end, or nothing but zeros from some page on.</item>
/// </list>
/// </remarks>
internal sealed class SegmentScan
{
    private const int PageSize = 4096;

    private readonly SegmentReader _reader;
    private readonly Segment _segment;

    private SegmentScan(SegmentReader reader, Segment segment)
    {
        _reader = reader;
        _segment = segment;
    }

    /// <summary>What the footer would have said.</summary>
    public List<FooterEntry> Entries { get; } = [];

    /// <summary>Where the records end.</summary>
    public long End { get; private set; } = SegmentHeader.Size;

    /// <summary>The last journal position among the records, if there is one.</summary>
    public JournalId? Position { get; private set; }

    /// <summary>Whether something is unknown, so that everything older has to go.</summary>
    public bool HasGap { get; private set; }

    /// <summary>How many records were damaged, a gap counted as one.</summary>
    public int Damaged { get; private set; }

    /// <summary>Reads a segment's records.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="limit">Where the records end at the latest.</param>
    public static SegmentScan Run(Segment segment, long limit)
    {
        using var reader = new SegmentReader(segment.File, Math.Min(limit, segment.File.Length));
        var scan = new SegmentScan(reader, segment);
        while (scan.Next())
        {
            // Each step moves the end on.
        }
        return scan;
    }

    private bool Next()
    {
        if (End + RecordHeader.Size > _reader.End)
            return false;
        if (!RecordHeader.TryRead(_reader.Peek(End, RecordHeader.Size), _segment.SeedAt(End), out RecordHeader header))
            return !IsInterruptedWrite() && SkipGap();
        if (header.Kind == RecordKind.EndOfData || End + header.Length > _reader.End)
            return false;
        Take(header, _reader.Peek(End, header.Length)[RecordHeader.Size..]);
        End += header.PaddedLength;
        return true;
    }

    private void Take(in RecordHeader header, ReadOnlySpan<byte> body)
    {
        var entry = new FooterEntry(header.Hash, header.End, (uint)(End / SegmentFormat.Alignment), (uint)header.Length, header.Kind);
        if (header.IsIntact(body))
        {
            if (header.Kind == RecordKind.Position)
                Position = PositionFormat.Read(body);
            else
                Entries.Add(entry);
            return;
        }
        Damaged++;
        if (header.Kind.HoldsValue())
            Entries.Add(entry with { Kind = RecordKind.Removal });
    }

    private bool SkipGap()
    {
        Damaged++;
        HasGap = true;
        Entries.Clear();
        Entries.Add(new FooterEntry(0, 0, 0, 0, RecordKind.Clear));
        for (long at = End + SegmentFormat.Alignment; at + RecordHeader.Size <= _reader.End; at += SegmentFormat.Alignment)
        {
            if (RecordHeader.TryRead(_reader.Peek(at, RecordHeader.Size), _segment.SeedAt(at), out _))
            {
                End = at;
                return true;
            }
        }
        return false;
    }

    private bool IsInterruptedWrite()
    {
        long page = (End + PageSize - 1) / PageSize * PageSize;
        return IsZeroFrom(page < End + RecordHeader.Size ? page : End);
    }

    private bool IsZeroFrom(long offset)
    {
        for (; offset < _reader.End; offset += PageSize)
        {
            if (_reader.Peek(offset, PageSize).ContainsAnyExcept((byte)0))
                return false;
        }
        return true;
    }
}
