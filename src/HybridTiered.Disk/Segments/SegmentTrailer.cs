using System.Runtime.InteropServices;
using HybridTiered.Invalidation;

namespace HybridTiered.Disk.Segments;

/// <summary>The last bytes of a segment that was closed: where its footer is, and everything of the header that recovery needs.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SegmentTrailer
{
    /// <summary>Bytes of a trailer.</summary>
    public const int Size = 64;

    public ulong Magic;

    /// <summary>See <see cref="SegmentHeader.Salt"/>.</summary>
    public ulong Salt;

    /// <summary>Where the records end and the footer begins.</summary>
    public long DataEnd;

    /// <summary>The journal position at that place, in its two parts.</summary>
    public long PositionTime;

    public long PositionSequence;
    public uint Sequence;
    public uint EntryCount;
    public uint EntriesChecksum;

    /// <summary>1 when the next segment had been begun before this trailer was written, so that its absence means a loss.</summary>
    public uint HasSuccessor;

    public uint Reserved;
    public uint Checksum;

    public readonly JournalId Position => new(PositionTime, PositionSequence);

    public static bool TryRead(ReadOnlySpan<byte> source, out SegmentTrailer trailer)
    {
        trailer = source.Length < Size ? default : MemoryMarshal.Read<SegmentTrailer>(source);
        return source.Length >= Size && trailer.Magic == SegmentFormat.TrailerMagic && trailer.Checksum == ChecksumOf(source);
    }

    public void Write(Span<byte> destination)
    {
        Magic = SegmentFormat.TrailerMagic;
        MemoryMarshal.Write(destination, in this);
        Checksum = ChecksumOf(destination);
        MemoryMarshal.Write(destination, in this);
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> trailer) => Crc32C.Compute(trailer[..(Size - sizeof(uint))]);
}
