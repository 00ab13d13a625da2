namespace HybridTiered.Disk.Files;

/// <summary>An open file, read and written at positions by many threads. The seam at which tests put faults.</summary>
internal interface ISegmentFile : IDisposable
{
    /// <summary>The length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads until <paramref name="destination"/> is full or the file ends, and returns how many bytes that were.</summary>
    int Read(Span<byte> destination, long offset);

    /// <summary>Writes all of <paramref name="data"/> or throws; when it throws, a part may have been written.</summary>
    void Write(ReadOnlySpan<byte> data, long offset);

    /// <summary>Cuts the file off.</summary>
    void Truncate(long length);

    /// <summary>Returns when everything written so far would survive a loss of power.</summary>
    void Flush();
}
