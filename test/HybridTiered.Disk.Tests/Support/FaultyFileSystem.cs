using HybridTiered.Disk.Files;

namespace HybridTiered.Disk.Tests.Support;

/// <summary>The real file system with faults put in.</summary>
internal sealed class FaultyFileSystem : IFileSystem
{
    private readonly PhysicalFileSystem _inner = PhysicalFileSystem.Instance;

    /// <summary>How many more bytes can be written, as on a disk that gets full; a write that does not fit is cut short and throws.</summary>
    public long BytesLeft { get; set; } = long.MaxValue;

    /// <summary>Whether nothing can be created, written, cut or deleted.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>Whether flushes throw.</summary>
    public bool FlushFails { get; set; }

    /// <summary>Whether reads throw.</summary>
    public bool ReadFails { get; set; }

    /// <summary>Whether deleting throws.</summary>
    public bool DeleteFails { get; set; }

    /// <summary>Called on what was read, with its offset, before the reader sees it.</summary>
    public Action<Memory<byte>, long>? AfterRead { get; set; }

    /// <summary>Called after each change on disk.</summary>
    public Action? AfterChange { get; set; }

    public int Flushes { get; private set; }

    /// <summary>Takes all faults and calls away.</summary>
    public void Heal()
    {
        BytesLeft = long.MaxValue;
        IsReadOnly = FlushFails = ReadFails = DeleteFails = false;
        AfterRead = null;
        AfterChange = null;
    }

    public void CreateDirectory(string directory) => _inner.CreateDirectory(directory);

    public IReadOnlyList<string> List(string directory) => _inner.List(directory);

    public ISegmentFile Open(string path) => new FaultyFile(this, _inner.Open(path));

    public ISegmentFile Create(string path)
    {
        ThrowIfReadOnly();
        var file = new FaultyFile(this, _inner.Create(path));
        AfterChange?.Invoke();
        return file;
    }

    public void Delete(string path)
    {
        ThrowIfReadOnly();
        if (DeleteFails)
            throw new IOException("injected: cannot delete");
        _inner.Delete(path);
        AfterChange?.Invoke();
    }

    public IDisposable Lock(string path) => _inner.Lock(path);

    private void ThrowIfReadOnly()
    {
        if (IsReadOnly)
            throw new IOException("injected: read-only file system");
    }

    private sealed class FaultyFile(FaultyFileSystem owner, ISegmentFile inner) : ISegmentFile
    {
        public long Length => inner.Length;

        public int Read(Span<byte> destination, long offset)
        {
            if (owner.ReadFails)
                throw new IOException("injected: cannot read");
            int read = inner.Read(destination, offset);
            if (owner.AfterRead is { } afterRead)
            {
                byte[] copy = destination[..read].ToArray();
                afterRead(copy, offset);
                copy.CopyTo(destination);
            }
            return read;
        }

        public void Write(ReadOnlySpan<byte> data, long offset)
        {
            owner.ThrowIfReadOnly();
            int fits = (int)Math.Min(data.Length, owner.BytesLeft);
            inner.Write(data[..fits], offset);
            owner.BytesLeft -= fits;
            owner.AfterChange?.Invoke();
            if (fits < data.Length)
                throw new IOException("injected: no space left on device");
        }

        public void Truncate(long length)
        {
            owner.ThrowIfReadOnly();
            inner.Truncate(length);
            owner.AfterChange?.Invoke();
        }

        public void Flush()
        {
            owner.Flushes++;
            if (owner.FlushFails)
                throw new IOException("injected: cannot flush");
            inner.Flush();
        }

        public void Dispose() => inner.Dispose();
    }
}
