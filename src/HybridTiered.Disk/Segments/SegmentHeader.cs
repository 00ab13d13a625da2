using System.Runtime.InteropServices;
using HybridTiered.Invalidation;

namespace HybridTiered.Disk.Segments;

/// <summary>The first bytes of a segment.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SegmentHeader
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 64;

    public ulong Magic;

    /// <summary>Random number of the folder; all its segments have the same.</summary>
    public ulong Salt;

    /// <summary>Where the records of the segment before this one end; 0 when there was none.</summary>
    public long PreviousEnd;

    /// <summary>The journal position when the segment was begun, in its two parts.</summary>
    public long PositionTime;

    public long PositionSequence;
    public long Reserved;
    public long ReservedToo;
    public uint Sequence;
    public uint Checksum;

    public readonly JournalId Position => new(PositionTime, PositionSequence);

    public static bool TryRead(ReadOnlySpan<byte> source, out SegmentHeader header)
    {
        header = source.Length < Size ? default : MemoryMarshal.Read<SegmentHeader>(source);
        return source.Length >= Size && header.Magic == SegmentFormat.HeaderMagic && header.Checksum == ChecksumOf(source);
    }

    public void Write(Span<byte> destination)
    {
        Magic = SegmentFormat.HeaderMagic;
        MemoryMarshal.Write(destination, in this);
        Checksum = ChecksumOf(destination);
        MemoryMarshal.Write(destination, in this);
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> header) => Crc32C.Compute(header[..(Size - sizeof(uint))]);
}
