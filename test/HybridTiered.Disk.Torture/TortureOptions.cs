namespace HybridTiered.Disk.Torture;

public static class TortureOptions
{
    /// <summary>Small, so that segments are filled, closed and recycled all the time.</summary>
    public static DiskTierOptions For(string folder) => new()
    {
        Directory = folder,
        SegmentSize = 256 * 1024,
        SizeLimit = 1536 * 1024,
        FlushInterval = TimeSpan.FromMilliseconds(10),
    };
}
