using HybridTiered.Disk.Files;

namespace HybridTiered.Disk.Tests.Support;

/// <summary>Files in memory, for tests that open very many folders.</summary>
internal sealed class MemoryFileSystem : IFileSystem, IDisposable
{
    /// <summary>The files by name.</summary>
    public SortedDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public MemoryFileSystem Copy()
    {
        var copy = new MemoryFileSystem();
        foreach ((string name, byte[] bytes) in Files)
            copy.Files[name] = [.. bytes];
        return copy;
    }

    public void CreateDirectory(string directory)
    {
        // There is one, and it is there.
    }

    public IReadOnlyList<string> List(string directory) => [.. Files.Keys];

    public ISegmentFile Open(string path) => new MemoryFile(Files, Path.GetFileName(path));

    public ISegmentFile Create(string path)
    {
        Files[Path.GetFileName(path)] = [];
        return Open(path);
    }

    public void Delete(string path) => Files.Remove(Path.GetFileName(path));

    public IDisposable Lock(string path) => this;

    public void Dispose()
    {
        // Nobody else can reach the files.
    }

    private sealed class MemoryFile(SortedDictionary<string, byte[]> files, string name) : ISegmentFile
    {
        private byte[] _bytes = files[name];

        public long Length => _bytes.Length;

        public int Read(Span<byte> destination, long offset)
        {
            int length = (int)Math.Clamp(_bytes.Length - offset, 0, destination.Length);
            if (length > 0)
                _bytes.AsSpan((int)offset, length).CopyTo(destination);
            return length;
        }

        public void Write(ReadOnlySpan<byte> data, long offset)
        {
            if (offset + data.Length > _bytes.Length)
                Truncate(offset + data.Length);
            data.CopyTo(_bytes.AsSpan((int)offset));
        }

        public void Truncate(long length)
        {
            Array.Resize(ref _bytes, (int)length);
            if (files.ContainsKey(name))
                files[name] = _bytes;
        }

        public void Flush()
        {
            // Memory is as durable as it gets.
        }

        public void Dispose()
        {
            // The bytes stay.
        }
    }
}
