using System.Buffers;

namespace HybridTiered.Tests.Support;

/// <summary>A pool that never gives an array out twice, and writes over what comes back, as its next owner would.</summary>
public sealed class WatchedPool : ArrayPool<byte>
{
    private int _rented;
    private int _returned;

    public int Rented => Volatile.Read(ref _rented);

    public int Returned => Volatile.Read(ref _returned);

    public override byte[] Rent(int minimumLength)
    {
        Interlocked.Increment(ref _rented);
        return new byte[minimumLength];
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        Interlocked.Increment(ref _returned);
        Array.Fill(array, (byte)0xEE);
    }
}
