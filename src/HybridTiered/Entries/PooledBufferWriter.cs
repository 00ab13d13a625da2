using System.Buffers;

namespace HybridTiered.Entries;

/// <summary>
/// Collects bytes in an array that is rented from the shared pool and given back on disposal. Not thread-safe; whatever it handed out
/// must not be touched after <see cref="Dispose"/>, nor, as far as it was not written, after the next call.
/// </summary>
internal sealed class PooledBufferWriter : IBufferWriter<byte>, IDisposable
{
    private const int SmallestRent = 256;

    private byte[]? _buffer = [];
    private bool _keptFromPool;

    public int WrittenCount { get; private set; }

    public ReadOnlyMemory<byte> WrittenMemory => Buffer.AsMemory(0, WrittenCount);

    public ReadOnlySpan<byte> WrittenSpan => Buffer.AsSpan(0, WrittenCount);

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(PooledBufferWriter));

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureFree(sizeHint);
        return Buffer.AsMemory(WrittenCount);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureFree(sizeHint);
        return Buffer.AsSpan(WrittenCount);
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Buffer.Length - WrittenCount);
        WrittenCount += count;
    }

    /// <summary>Forgets what was written and keeps the array for the next content.</summary>
    public void Reset()
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        WrittenCount = 0;
    }

    /// <summary>Leaves the array to the garbage collector instead of the pool when it is disposed: somebody else may still read it then.</summary>
    public void KeepFromPool() => _keptFromPool = true;

    public void Dispose()
    {
        byte[]? buffer = _buffer;
        _buffer = null;
        WrittenCount = 0;
        if (buffer is { Length: > 0 } && !_keptFromPool)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private void EnsureFree(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        byte[] full = Buffer;
        int free = full.Length - WrittenCount;
        int wanted = Math.Max(sizeHint, 1);
        if (wanted <= free)
            return;

        long needed = (long)WrittenCount + wanted;
        if (needed > Array.MaxLength)
            throw new InvalidOperationException($"A cache entry cannot have {needed} bytes; an array holds {Array.MaxLength} at most.");
        long doubled = Math.Min(2L * full.Length, Array.MaxLength);
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(SmallestRent, Math.Max(needed, doubled)));
        full.AsSpan(0, WrittenCount).CopyTo(larger);
        _buffer = larger;
        if (full.Length > 0)
            ArrayPool<byte>.Shared.Return(full);
    }
}
