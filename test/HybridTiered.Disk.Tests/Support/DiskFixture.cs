using HybridTiered.Disk.Tests.Support;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridTiered.Disk.Tests;

/// <summary>A folder, a file system with faults, a clock, and short ways to use tiers over them.</summary>
public abstract class DiskFixture
{
    private readonly List<DiskTier> _tiers = [];
    private readonly List<TemporaryFolder> _copies = [];

    private protected TemporaryFolder Folder { get; private set; } = null!;

    private protected FaultyFileSystem Files { get; private set; } = null!;

    protected ManualTimeProvider Time { get; private set; } = null!;

    protected static TierLifetime Day => new(TimeSpan.FromDays(1));

    /// <summary>The smallest there is, so that tests meet full segments soon.</summary>
    protected virtual DiskTierOptions Options => new() { SegmentSize = 64 * 1024, SizeLimit = 256 * 1024 };

    [SetUp]
    public void CreateFolder()
    {
        Folder = new TemporaryFolder();
        Files = new FaultyFileSystem();
        Time = new ManualTimeProvider();
    }

    [TearDown]
    public async Task DeleteFolder()
    {
        Files.Heal();
        foreach (DiskTier tier in _tiers)
            await tier.DisposeAsync();
        foreach (TemporaryFolder copy in _copies)
            copy.Dispose();
        _tiers.Clear();
        _copies.Clear();
        Folder.Dispose();
    }

    /// <summary>A tier over the fixture's folder and faults.</summary>
    protected DiskTier Open(DiskTierOptions? options = null) => Open(Folder, Files, options);

    /// <summary>A tier over the files as they are now, as if the process had been killed.</summary>
    protected DiskTier OpenAfterKill(DiskTierOptions? options = null) => OpenCopy(CopyFolder(), options);

    private protected TemporaryFolder CopyFolder()
    {
        TemporaryFolder copy = Folder.Copy();
        _copies.Add(copy);
        return copy;
    }

    private protected DiskTier OpenCopy(TemporaryFolder copy, DiskTierOptions? options = null) => Open(copy, new FaultyFileSystem(), options);

    protected static byte[] Bytes(int seed, int length = 100)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    protected static async Task<byte[]?> ReadAsync(DiskTier tier, string key, TierRead read = TierRead.Data)
    {
        using TierEntry entry = await tier.ReadAsync(key, read, CancellationToken.None);
        return entry.Found ? entry.Data.ToArray() : null;
    }

    protected static async Task WriteAsync(DiskTier tier, string key, byte[] value, TierLifetime? lifetime = null) =>
        await tier.WriteAsync(key, value, lifetime ?? Day, CancellationToken.None);

    protected static async Task RemoveAsync(DiskTier tier, string key) => await tier.RemoveAsync(key, CancellationToken.None);

    protected static async Task<JournalId> PositionAsync(DiskTier tier) => await tier.ReadJournalPositionAsync(CancellationToken.None);

    protected static async Task WritePositionAsync(DiskTier tier, long position) =>
        await tier.WriteJournalPositionAsync(new JournalId(position, 0), CancellationToken.None);

    /// <summary>Writes entries that nobody reads until so many segments have been begun since.</summary>
    private protected async Task FillAsync(DiskTier tier, int segments, string prefix = "filler")
    {
        for (int i = 0; segments > 0; i++)
        {
            string newest = Folder.Segments.LastOrDefault("");
            await WriteAsync(tier, $"{prefix}:{Guid.NewGuid()}", Bytes(i, 5000));
            if (Folder.Segments[^1] != newest)
                segments--;
        }
    }

    private DiskTier Open(TemporaryFolder folder, FaultyFileSystem files, DiskTierOptions? options)
    {
        DiskTierOptions own = options ?? Options;
        own.Directory = folder.Path;
        var tier = new DiskTier(own, files, Time, NullLogger.Instance);
        _tiers.Add(tier);
        return tier;
    }
}
