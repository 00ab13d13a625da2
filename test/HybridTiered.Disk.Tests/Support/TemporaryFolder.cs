using HybridTiered.Disk.Segments;

namespace HybridTiered.Disk.Tests.Support;

/// <summary>An empty folder that goes away with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hybridtiered-disk-").FullName;

    /// <summary>The segment files, oldest first.</summary>
    public string[] Segments =>
    [
        .. Directory.GetFiles(Path).Where(path => SegmentFormat.TryParseFileName(System.IO.Path.GetFileName(path), out _)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Bytes of all files.</summary>
    public long Bytes => new DirectoryInfo(Path).EnumerateFiles().Sum(file => file.Length);

    public TemporaryFolder Copy()
    {
        var copy = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(Path))
        {
            if (System.IO.Path.GetFileName(file) != "lock")
                File.Copy(file, System.IO.Path.Combine(copy.Path, System.IO.Path.GetFileName(file)));
        }
        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
