using HybridTiered.Disk.Indexing;
using HybridTiered.Disk.Segments;

namespace HybridTiered.Disk.Storage;

/// <summary>Reads and judges single records.</summary>
internal static class RecordAccess
{
    /// <summary>
    /// Reads the first bytes of a record that lies below <see cref="Segment.Written"/>, and says whether its header is the expected one.
    /// </summary>
    /// <param name="segment">The segment, leased.</param>
    /// <param name="slot">What the index says of the record.</param>
    /// <param name="destination">At most as long as the record, at least as long as a header.</param>
    /// <param name="header">The header.</param>
    public static bool TryRead(Segment segment, in IndexSlot slot, Span<byte> destination, out RecordHeader header)
    {
        int read = segment.File.Read(destination, OffsetOf(slot));
        return TryParse(segment, slot, destination[..read], out header) && read == destination.Length;
    }

    /// <summary>Whether bytes begin with the header that the index expects.</summary>
    public static bool TryParse(Segment segment, in IndexSlot slot, ReadOnlySpan<byte> record, out RecordHeader header) =>
        RecordHeader.TryRead(record, segment.SeedAt(OffsetOf(slot)), out header)
        && header.Kind.HoldsValue()
        && header.Hash == slot.Hash
        && header.Length == slot.Length;

    public static long OffsetOf(in IndexSlot slot) => (long)slot.Place * SegmentFormat.Alignment;
}
