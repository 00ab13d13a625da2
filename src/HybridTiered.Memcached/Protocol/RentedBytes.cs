using System.Buffers;

namespace HybridTiered.Memcached.Protocol;

/// <summary>Bytes in a pooled array, given back once however often it is disposed.</summary>
internal sealed class RentedBytes : IDisposable
{
    private readonly int _length;
    private byte[]? _array;

    public RentedBytes(byte[] rented, int length)
    {
        _array = rented;
        _length = length;
    }

    public ReadOnlyMemory<byte> Memory => (_array ?? throw new ObjectDisposedException(nameof(RentedBytes))).AsMemory(0, _length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is { } array)
            ArrayPool<byte>.Shared.Return(array);
    }
}
