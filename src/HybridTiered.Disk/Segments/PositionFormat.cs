using System.Buffers.Binary;
using HybridTiered.Invalidation;

namespace HybridTiered.Disk.Segments;

/// <summary>A journal position as bytes.</summary>
internal static class PositionFormat
{
    /// <summary>How many bytes it has.</summary>
    public const int Length = 2 * sizeof(long);

    public static void Write(Span<byte> destination, JournalId position)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, position.Time);
        BinaryPrimitives.WriteInt64LittleEndian(destination[sizeof(long)..], position.Sequence);
    }

    public static JournalId Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadInt64LittleEndian(source), BinaryPrimitives.ReadInt64LittleEndian(source[sizeof(long)..]));
}
