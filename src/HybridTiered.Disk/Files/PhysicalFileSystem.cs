namespace HybridTiered.Disk.Files;

internal sealed class PhysicalFileSystem : IFileSystem
{
    public static PhysicalFileSystem Instance { get; } = new();

    public void CreateDirectory(string directory) => Directory.CreateDirectory(directory);

    public IReadOnlyList<string> List(string directory) => [.. Directory.EnumerateFiles(directory).Select(path => Path.GetFileName(path))];

    public ISegmentFile Open(string path) => Open(path, FileMode.Open);

    public ISegmentFile Create(string path) => Open(path, FileMode.Create);

    public void Delete(string path) => File.Delete(path);

    public IDisposable Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException fault) when (fault.GetType() == typeof(IOException) && File.Exists(path))
        {
            throw new IOException(
                $"The cache folder '{Path.GetDirectoryName(path)}' is in use: another process, or another disk tier in this one, holds the lock file "
                + $"'{Path.GetFileName(path)}'. Give every instance a folder of its own.", fault);
        }
    }

    // Delete is shared because Windows would not otherwise let a segment go while it is being read.
    private static PhysicalSegmentFile Open(string path, FileMode mode) =>
        new(File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.None));
}
