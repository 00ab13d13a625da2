using HybridTiered.Disk.Files;
using HybridTiered.Disk.Indexing;
using HybridTiered.Disk.Segments;
using HybridTiered.Invalidation;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Disk.Storage;

/// <summary>
/// The end of the log, where records are appended: fills the newest segment, begins the next one, and recycles the oldest when room gets
/// short. Not thread-safe: every member is called under the store's append lock.
/// </summary>
/// <remarks>
/// Room for one more segment is kept free, so the next one can be begun before the oldest goes; at no moment do the files together
/// take more than the size limit. Recycling is FIFO with reinsertion, as in the block cache of CacheLib (Berg et al., "The CacheLib Caching
/// Engine", OSDI 2020): entries read since they were written, and before them those that must be kept, are appended again, up to half a
/// segment per recycled one, so that recycling always gains room.
/// </remarks>
internal sealed class LogTail(DiskTierOptions options, IFileSystem files, HashIndex index, SegmentTable segments, ulong salt, ILogger logger)
{
    private const int BufferSize = 256 * 1024;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(BufferSize, options.SegmentSize));
    private readonly List<Segment> _unsealed = [];
    private SegmentWriter? _writer;

    /// <summary>The last sequence number ever used.</summary>
    public required uint LastSequence { get; set; }

    /// <summary>The journal position that the log so far stands for.</summary>
    public JournalId Position { get; set; }

    /// <summary>How many entries were carried over.</summary>
    public long CarriedOver { get; private set; }

    /// <summary>Keys that are being removed by pattern and are therefore not carried over.</summary>
    public List<PatternRemoval> Removals { get; } = [];

    /// <summary>Segments that are full and have no footer yet.</summary>
    public List<Segment> Unsealed => _unsealed;

    /// <summary>The segment that is being filled.</summary>
    public Segment? Active => _writer?.Segment;

    /// <summary>Bytes of the longest record that a segment can hold.</summary>
    public long LongestRecord => options.SegmentSize - SegmentHeader.Size - SegmentFormat.FooterLength(1) - SegmentFormat.Alignment;

    /// <summary>Appends a record and says where it is.</summary>
    public IndexSlot Append(RecordHeader header, ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload, long now)
    {
        header.KeyLength = (uint)key.Length;
        header.PayloadLength = (uint)payload.Length;
        if (_writer is null)
            Resume(now);
        if (_writer is null || !_writer.Fits(header.Length))
            Roll(now);
        uint place = _writer!.Append(ref header, key, payload);
        return new IndexSlot(header.Hash, header.End, _writer.Segment.Sequence, place, (uint)header.Length);
    }

    /// <summary>Whether a record would be there after the end of the process.</summary>
    public bool IsWritten(in IndexSlot slot) =>
        slot.Segment != _writer?.Segment.Sequence || RecordAccess.OffsetOf(slot) < _writer.Segment.Written;

    /// <summary>Hands everything appended so far to the operating system.</summary>
    public void Flush() => _writer?.Flush();

    /// <summary>Copies a record that has not been handed to the operating system yet.</summary>
    public bool TryCopy(in IndexSlot slot, Span<byte> destination) =>
        slot.Segment == _writer?.Segment.Sequence && _writer.TryCopy(RecordAccess.OffsetOf(slot), destination);

    /// <summary>Deletes every segment but the newest, oldest first.</summary>
    public void DropAllButNewest(long now)
    {
        if (_writer is null)
            Resume(now);
        while (segments.Count > 1)
            Drop(segments.Oldest);
    }

    /// <summary>The entries of a segment as they are now, or <see langword="null"/> when its footer has become unreadable.</summary>
    public List<FooterEntry>? EntriesOf(Segment segment)
    {
        if (segment == Active)
            return [.. _writer!.Entries];
        if (segment == segments.All[^1])
            return [.. segment.Entries!];
        return segment.Entries
            ?? (Segment.TryReadTrailer(segment.File, segment.Sequence, out SegmentTrailer trailer)
                ? Segment.ReadFooter(segment.File, trailer)
                : null);
    }

    /// <summary>Goes on with the newest segment of the last run.</summary>
    private void Resume(long now)
    {
        if (segments.Count == 0)
            return;
        Segment newest = segments.All[^1];
        if (newest.Entries is not { } entries)
            return;
        newest.Reserved = Math.Max(newest.Reserved, options.SegmentSize);
        MakeRoom(0, now);
        newest.File.Truncate(newest.Written);
        newest.IsSealed = false;
        _writer = new SegmentWriter(newest, entries, _buffer, options.SegmentSize);
    }

    private void Roll(long now)
    {
        SegmentWriter? full = _writer;
        full?.Flush();
        MakeRoom(options.SegmentSize, now);
        Begin(previousEnd: full?.End ?? 0);
        if (full is not null)
        {
            full.Segment.Position = Position;
            full.Segment.Reserved = full.End + SegmentFormat.FooterLength(full.Entries.Count);
            full.Segment.Entries = full.Entries;
            _unsealed.Add(full.Segment);
        }
        long budget = options.SegmentSize / 2;
        while (segments.Reserved + options.SegmentSize > options.SizeLimit && segments.Oldest != Active)
            Recycle(segments.Oldest, ref budget, now);
    }

    private void Begin(long previousEnd)
    {
        uint sequence = checked(LastSequence + 1);
        string path = Path.Combine(options.Directory, SegmentFormat.FileName(sequence));
        ISegmentFile file = files.Create(path);
        try
        {
            Span<byte> header = stackalloc byte[SegmentHeader.Size];
            new SegmentHeader
            {
                Salt = salt,
                Sequence = sequence,
                PreviousEnd = previousEnd,
                PositionTime = Position.Time,
                PositionSequence = Position.Sequence,
            }.Write(header);
            file.Write(header, 0);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        var segment = new Segment(sequence, path, file, salt) { Written = SegmentHeader.Size, Reserved = options.SegmentSize };
        segments.Add(segment);
        LastSequence = sequence;
        _writer = new SegmentWriter(segment, [], _buffer, options.SegmentSize);
    }

    /// <summary>Recycles without carrying over until so many bytes can be taken.</summary>
    private void MakeRoom(long bytes, long now)
    {
        long budget = 0;
        while (segments.Reserved + bytes > options.SizeLimit && segments.Count > 1)
            Recycle(segments.Oldest, ref budget, now);
    }

    private void Recycle(Segment oldest, ref long budget, long now)
    {
        if (EntriesOf(oldest) is { } entries)
        {
            // What has to be kept comes first, so that the budget reaches for it.
            foreach (FooterEntry entry in entries.OrderByDescending(e => e.Kind))
            {
                bool kept = entry.Kind == RecordKind.KeptValue;
                if (entry.Kind.HoldsValue()
                    && index.TryGet(entry.Hash, out IndexSlot slot) && slot.IsAt(oldest.Sequence, entry.Place)
                    && !((kept || slot.WasRead) && slot.End > now && TryCarryOver(oldest, slot, ref budget)))
                    index.RemoveAt(slot.Hash, slot.Segment, slot.Place);
            }
        }
        else
        {
            DiskTierLog.Damaged(logger, oldest.Path, "unreadable footer");
            index.RemoveSegment(oldest.Sequence);
        }

        // The copies are handed to the operating system before the originals go.
        Flush();
        Drop(oldest);
    }

    private bool TryCarryOver(Segment from, in IndexSlot slot, ref long budget)
    {
        if (slot.Length > budget || !_writer!.Fits(slot.Length))
            return false;
        using var buffer = new PooledBuffer((int)slot.Length);
        Span<byte> record = buffer.Memory.Span;
        try
        {
            if (!RecordAccess.TryRead(from, slot, record, out RecordHeader header) || !header.IsIntact(record[RecordHeader.Size..]))
                return false;
            ReadOnlySpan<byte> key = record.Slice(RecordHeader.Size, (int)header.KeyLength);
            if (IsBeingRemoved(key))
                return false;
            header.End = slot.End;
            uint place = _writer.Append(ref header, key, record[(RecordHeader.Size + key.Length)..]);
            index.Move(slot, _writer.Segment.Sequence, place);
        }
        catch (IOException fault)
        {
            // Recycling must come to its end: it is what gives room back.
            DiskTierLog.CannotCarryOver(logger, fault, from.Sequence);
            budget = 0;
            return false;
        }
        budget -= slot.Length;
        CarriedOver++;
        return true;
    }

    private bool IsBeingRemoved(ReadOnlySpan<byte> key)
    {
        foreach (PatternRemoval removal in Removals)
        {
            if (removal.Takes(key))
                return true;
        }
        return false;
    }

    private void Drop(Segment oldest)
    {
        files.Delete(oldest.Path);
        segments.RemoveOldest();
        _unsealed.Remove(oldest);
        oldest.Dispose();
    }
}
