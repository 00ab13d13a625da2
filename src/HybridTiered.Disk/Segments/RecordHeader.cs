using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HybridTiered.Disk.Segments;

/// <summary>
/// What stands before the key and the payload of a record. Its own checksum makes the chain of records walkable, and says which key is
/// affected, even where a body is damaged.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RecordHeader
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 56;

    /// <summary>Over the rest of the header, seeded with folder, segment and place so that no bytes of another file or place can pass.</summary>
    public uint HeaderChecksum;

    /// <summary>Over key and payload.</summary>
    public uint BodyChecksum;

    /// <summary>Hash of the key; 0 where there is none.</summary>
    public ulong Hash;

    public uint KeyLength;
    public uint PayloadLength;
    public RecordKind Kind;
    public uint Reserved;

    /// <summary>UTC ticks at which the entry ends unless it is extended.</summary>
    public long End;

    /// <summary>UTC ticks beyond which it cannot be extended.</summary>
    public long AbsoluteEnd;

    /// <summary>Ticks of the sliding window; 0 when the entry does not slide.</summary>
    public long Sliding;

    /// <summary>Bytes of header, key and payload.</summary>
    public readonly long Length => Size + (long)KeyLength + PayloadLength;

    /// <summary>Bytes up to the next record.</summary>
    public readonly long PaddedLength => SegmentFormat.Align(Length);

    /// <summary>Reads a header if there is an intact one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, uint seed, out RecordHeader header)
    {
        if (source.Length < Size)
        {
            header = default;
            return false;
        }
        header = MemoryMarshal.Read<RecordHeader>(source);

        // The kind is looked at first because it settles most places that are no header without a checksum.
        return header.Kind is >= RecordKind.Value and <= RecordKind.KeptValue && header.HeaderChecksum == ChecksumOf(source, seed);
    }

    /// <summary>Writes a whole record: header with its checksums, key, payload, padding.</summary>
    /// <param name="destination">As long as <see cref="PaddedLength"/>.</param>
    /// <param name="seed">See <see cref="SegmentFormat.ChecksumSeed"/>.</param>
    /// <param name="key">As long as <see cref="KeyLength"/>.</param>
    /// <param name="payload">As long as <see cref="PayloadLength"/>.</param>
    public void WriteRecord(Span<byte> destination, uint seed, ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload)
    {
        key.CopyTo(destination[Size..]);
        payload.CopyTo(destination[(Size + key.Length)..]);
        int length = Size + key.Length + payload.Length;
        destination[length..].Clear();
        BodyChecksum = Crc32C.Compute(destination[Size..length]);
        MemoryMarshal.Write(destination, in this);
        HeaderChecksum = ChecksumOf(destination, seed);
        MemoryMarshal.Write(destination, in HeaderChecksum);
    }

    /// <summary>Whether key and payload are what was written.</summary>
    public readonly bool IsIntact(ReadOnlySpan<byte> body) => BodyChecksum == Crc32C.Compute(body);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ChecksumOf(ReadOnlySpan<byte> header, uint seed) => Crc32C.Compute(header[sizeof(uint)..Size], seed);
}
