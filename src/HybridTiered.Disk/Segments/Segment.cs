using System.Buffers;
using System.Runtime.InteropServices;
using HybridTiered.Disk.Files;
using HybridTiered.Invalidation;

namespace HybridTiered.Disk.Segments;

/// <summary>
/// One file of the log. Bytes below <see cref="Written"/> never change, so they are read without a lock; whoever reads holds a lease,
/// and the file is closed when the last lease is given back after the log has let go of it.
/// </summary>
internal sealed class Segment(uint sequence, string path, ISegmentFile file, ulong salt) : IDisposable
{
    private long _written;
    private int _leases = 1;

    public uint Sequence => sequence;

    public string Path => path;

    public ISegmentFile File => file;

    /// <summary>What the checksum of a record header at a place starts from.</summary>
    public uint SeedAt(long offset) => SegmentFormat.ChecksumSeed(salt, sequence, offset);

    /// <summary>How far the file has been handed to the operating system.</summary>
    public long Written
    {
        get => Volatile.Read(ref _written);
        set => Volatile.Write(ref _written, value);
    }

    /// <summary>What the file may take on disk now and later.</summary>
    public long Reserved { get; set; }

    /// <summary>What the footer says; not kept once it is written, except for the newest segment, which may be gone on with.</summary>
    public List<FooterEntry>? Entries { get; set; }

    /// <summary>Whether the footer is written.</summary>
    public bool IsSealed { get; set; }

    /// <summary>The journal position after the last record.</summary>
    public JournalId Position { get; set; }

    /// <summary>Keeps the file open until <see cref="Release"/>; fails when the log has let go of it.</summary>
    public bool TryLease()
    {
        int leases = Volatile.Read(ref _leases);
        while (leases > 0)
        {
            int before = Interlocked.CompareExchange(ref _leases, leases + 1, leases);
            if (before == leases)
                return true;
            leases = before;
        }
        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _leases) == 0)
            file.Dispose();
    }

    /// <summary>Gives back the log's own lease.</summary>
    public void Dispose() => Release();

    /// <summary>
    /// Writes the footer behind the records and makes the file durable. Nothing appends to the segment any more.
    /// </summary>
    /// <param name="entries">One per record.</param>
    /// <param name="hasSuccessor">Whether the next segment is durable already.</param>
    public void Seal(List<FooterEntry> entries, bool hasSuccessor)
    {
        long dataEnd = Written;
        byte[] footer = ArrayPool<byte>.Shared.Rent(checked((int)SegmentFormat.FooterLength(entries.Count)));
        try
        {
            Span<byte> all = footer.AsSpan(0, (int)SegmentFormat.FooterLength(entries.Count));
            new RecordHeader { Kind = RecordKind.EndOfData }.WriteRecord(all[..RecordHeader.Size], SeedAt(dataEnd), [], []);
            Span<byte> body = all[RecordHeader.Size..^SegmentTrailer.Size];
            MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(entries)).CopyTo(body);
            new SegmentTrailer
            {
                Salt = salt,
                Sequence = sequence,
                DataEnd = dataEnd,
                PositionTime = Position.Time,
                PositionSequence = Position.Sequence,
                EntryCount = (uint)entries.Count,
                EntriesChecksum = Crc32C.Compute(body),
                HasSuccessor = hasSuccessor ? 1u : 0u,
            }.Write(all[^SegmentTrailer.Size..]);

            // Behind the records there may be what an interrupted write or an unreadable footer has left.
            file.Truncate(dataEnd);
            file.Write(all, dataEnd);
            file.Flush();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(footer);
        }
    }

    /// <summary>Reads the trailer, if the file ends with an intact one of this segment's.</summary>
    public static bool TryReadTrailer(ISegmentFile file, uint sequence, out SegmentTrailer trailer)
    {
        Span<byte> bytes = stackalloc byte[SegmentTrailer.Size];
        long length = file.Length;
        trailer = default;
        return length >= SegmentHeader.Size + RecordHeader.Size + SegmentTrailer.Size
            && file.Read(bytes, length - SegmentTrailer.Size) == SegmentTrailer.Size
            && SegmentTrailer.TryRead(bytes, out trailer)
            && trailer.Sequence == sequence
            && trailer.DataEnd >= SegmentHeader.Size
            && trailer.DataEnd + SegmentFormat.FooterLength((int)Math.Min(trailer.EntryCount, int.MaxValue)) == length;
    }

    /// <summary>Reads the footer's entries, or <see langword="null"/> when they are damaged.</summary>
    public static List<FooterEntry>? ReadFooter(ISegmentFile file, in SegmentTrailer trailer)
    {
        var entries = new List<FooterEntry>();
        CollectionsMarshal.SetCount(entries, (int)trailer.EntryCount);
        Span<byte> bytes = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(entries));
        int read = file.Read(bytes, trailer.DataEnd + RecordHeader.Size);
        return read == bytes.Length && Crc32C.Compute(bytes) == trailer.EntriesChecksum && AreWithin(trailer.DataEnd, entries) ? entries : null;
    }

    // A checksum tells damage, not intent: memory is reserved by the length that the footer names.
    private static bool AreWithin(long dataEnd, List<FooterEntry> entries)
    {
        foreach (FooterEntry entry in entries)
        {
            if (entry.Kind.HoldsValue() && (entry.Length < RecordHeader.Size || ((long)entry.Place * SegmentFormat.Alignment) + entry.Length > dataEnd))
                return false;
        }
        return true;
    }
}
