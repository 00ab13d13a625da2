namespace HybridTiered.Disk;

/// <summary>What a <see cref="DiskTier"/> holds and has met since it was opened.</summary>
/// <param name="Records">Entries in the index; some may have ended already.</param>
/// <param name="IndexBytes">Bytes of memory that the index takes.</param>
/// <param name="Segments">Segment files.</param>
/// <param name="DataBytes">Bytes written to them, without footers and without what still waits in the buffer.</param>
/// <param name="CarriedOver">Entries that outlived the recycling of their segment because they had been read.</param>
/// <param name="Damaged">Records and files that failed their checksums.</param>
public readonly record struct DiskTierStatistics(long Records, long IndexBytes, int Segments, long DataBytes, long CarriedOver, long Damaged);
