using System.Buffers.Binary;

namespace HybridTiered.Disk.Segments;

/// <summary>
/// The 64-bit hash by which the index knows a key: a folded multiply per eight bytes, as in wyhash (Wang Yi, 2019). It is salted per folder
/// so that nobody outside can choose keys that crowd one place of the index.
/// </summary>
internal static class KeyHash
{
    private const ulong First = 0xa0761d6478bd642f;
    private const ulong Second = 0xe7037ed1a0b428db;

    public static ulong Compute(ReadOnlySpan<byte> key, ulong salt)
    {
        ulong hash = Fold(salt ^ First, (ulong)key.Length ^ Second);
        while (key.Length >= sizeof(ulong))
        {
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key), First);
            key = key[sizeof(ulong)..];
        }
        ulong rest = 0;
        foreach (byte b in key)
            rest = (rest << 8) | b;
        return Fold(hash ^ rest, Second);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
