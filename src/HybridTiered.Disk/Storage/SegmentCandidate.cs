using HybridTiered.Disk.Files;
using HybridTiered.Disk.Segments;

namespace HybridTiered.Disk.Storage;

/// <summary>A file that is named like a segment, and what of its two ends is intact.</summary>
/// <param name="Sequence">What its name says.</param>
/// <param name="Path">Where it is.</param>
/// <param name="File">The file, or <see langword="null"/> when it cannot be opened or read.</param>
/// <param name="Header">Its header, if intact.</param>
/// <param name="Trailer">Its trailer, if intact.</param>
/// <param name="IsUnfinished">Whether creating it was interrupted before its header was written.</param>
internal sealed record SegmentCandidate(
    uint Sequence, string Path, ISegmentFile? File, SegmentHeader? Header, SegmentTrailer? Trailer, bool IsUnfinished)
{
    /// <summary>The folder's random number, if either end tells it.</summary>
    public ulong? Salt => Header?.Salt ?? Trailer?.Salt;

    public static SegmentCandidate Open(IFileSystem files, string path, uint sequence)
    {
        ISegmentFile? file = null;
        try
        {
            file = files.Open(path);
            Span<byte> bytes = stackalloc byte[SegmentHeader.Size];
            bytes = bytes[..file.Read(bytes, 0)];
            bool hasHeader = SegmentHeader.TryRead(bytes, out SegmentHeader header) && header.Sequence == sequence;
            bool hasTrailer = Segment.TryReadTrailer(file, sequence, out SegmentTrailer trailer);
            bool isUnfinished = file.Length <= SegmentHeader.Size && (bytes.Length < SegmentHeader.Size || !bytes.ContainsAnyExcept((byte)0));
            return new SegmentCandidate(sequence, path, file, hasHeader ? header : null, hasTrailer ? trailer : null, isUnfinished);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            return new SegmentCandidate(sequence, path, null, null, null, IsUnfinished: false);
        }
    }
}
