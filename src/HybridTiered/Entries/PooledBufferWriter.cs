using System.Buffers;

namespace HybridTiered.Entries;

/// <summary>
/// Collects bytes in an array that is rented from a pool, the shared one unless another is given, and given back on disposal. Not thread-safe; whatever it handed out
/// must not be touched after <see cref="Dispose"/>, nor, as far as it was not written, after the next call.
/// </summary>
/// <param name="capacity">How much it will probably hold: up to there it does not grow, which copies. Zero rents nothing yet.</param>
/// <param name="pool">The pool.</param>
internal sealed class PooledBufferWriter(int capacity = 0, ArrayPool<byte>? pool = null) : IBufferWriter<byte>, IDisposable
{
    private const int SmallestRent = 256;

    private readonly ArrayPool<byte> _pool = pool ?? ArrayPool<byte>.Shared;
    private byte[]? _buffer = capacity > 0 ? (pool ?? ArrayPool<byte>.Shared).Rent(Math.Max(SmallestRent, capacity)) : [];
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

    /// <summary>Leaves room that is written later, by <see cref="MoveForward"/>.</summary>
    public void Skip(int count)
    {
        EnsureFree(count);
        WrittenCount += count;
    }

    /// <summary>Moves what was written last to a place before, over whatever is there.</summary>
    /// <param name="from">Where it begins; from there on nothing is written any more.</param>
    /// <param name="to">Where it is to begin.</param>
    public void MoveForward(int from, int to)
    {
        Buffer.AsSpan(from, WrittenCount - from).CopyTo(Buffer.AsSpan(to));
        WrittenCount = from;
    }

    /// <summary>Leaves the array to the garbage collector instead of the pool when it is disposed: somebody else may still read it then.</summary>
    public void KeepFromPool() => _keptFromPool = true;

    public void Dispose()
    {
        byte[]? buffer = _buffer;
        _buffer = null;
        WrittenCount = 0;
        if (buffer is { Length: > 0 } && !_keptFromPool)
            _pool.Return(buffer);
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
        byte[] larger = _pool.Rent((int)Math.Max(SmallestRent, Math.Max(needed, doubled)));
        full.AsSpan(0, WrittenCount).CopyTo(larger);
        _buffer = larger;
        if (full.Length > 0)
            _pool.Return(full);
    }
}
