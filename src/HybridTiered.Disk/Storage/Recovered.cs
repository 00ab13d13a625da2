using HybridTiered.Disk.Segments;
using HybridTiered.Invalidation;

namespace HybridTiered.Disk.Storage;

/// <summary>What recovery found in a folder, besides what it put into the index.</summary>
/// <param name="Segments">The segments that are kept, the newest with its entries.</param>
/// <param name="Unsealed">Those of them, except the newest, that have no footer; they have their entries.</param>
/// <param name="Position">The journal position that the content stands for.</param>
/// <param name="Salt">The folder's random number; a new one when no segment is kept.</param>
/// <param name="LastSequence">The highest sequence number that was met.</param>
/// <param name="Damaged">How many files were damaged.</param>
internal sealed record Recovered(
    SegmentTable Segments, IReadOnlyList<Segment> Unsealed, JournalId Position, ulong Salt, uint LastSequence, int Damaged);
