using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HybridTiered.Tiers.Memory;

/// <summary>
/// Hashes of keys, seeded for each process so that nobody outside can choose keys that collide. A folded multiplication over 16 bytes at a time, as in wyhash
/// (Wang Yi and others, "Modern Non-Cryptographic Hash Function and Pseudorandom Number Generator", 2020); a third of the cost of the framework's seeded hash.
/// </summary>
internal static class KeyHash
{
    // Odd, so that multiplying by one of them loses nothing.
    private static readonly ulong Seed = Secret();
    private static readonly ulong Mask = Secret();

    /// <summary>The hash of an entry: that of its key as the application knows it, whichever face it belongs to.</summary>
    public static int OfStoreKey(string key) => Of(MemoryKeys.UserKey(key));

    public static int Of(ReadOnlySpan<char> key)
    {
        // Unchecked reads, because the checks of slices cost a third of the whole: each stays below the length that the condition around it has tested.
        ref byte start = ref Unsafe.As<char, byte>(ref MemoryMarshal.GetReference(key));
        int length = key.Length * sizeof(char);
        ulong state = Seed ^ (ulong)length;
        int offset = 0;
        for (; length - offset > 2 * sizeof(ulong); offset += 2 * sizeof(ulong))
            state = Fold(Read<ulong>(ref start, offset) ^ Mask, Read<ulong>(ref start, offset + sizeof(ulong)) ^ state);
        ulong first = 0;
        ulong last = 0;
        if (length >= 2 * sizeof(ulong))
        {
            first = Read<ulong>(ref start, length - 2 * sizeof(ulong));
            last = Read<ulong>(ref start, length - sizeof(ulong));
        }
        else if (length >= sizeof(ulong))
        {
            first = Read<ulong>(ref start, 0);
            last = Read<ulong>(ref start, length - sizeof(ulong));
        }
        else if (length >= sizeof(uint))
        {
            first = Read<uint>(ref start, 0);
            last = Read<uint>(ref start, length - sizeof(uint));
        }
        else if (length >= sizeof(char))
        {
            first = Read<char>(ref start, 0);
        }
        ulong hash = Fold(first ^ Mask, last ^ state);
        return (int)(hash ^ (hash >> 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Read<T>(ref byte start, int offset)
        where T : unmanaged => Unsafe.ReadUnaligned<T>(ref Unsafe.AddByteOffset(ref start, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong left, ulong right)
    {
        // Multiplied twice, because the lower half would come back through memory, which takes longer than a multiplication.
        return Math.BigMul(left, right, out _) ^ (left * right);
    }

    // The bits that a GUID does not leave to chance differ between its halves. They come from the generator of the operating system, as those of
    // RandomNumberGenerator do, whose library would take the first hit of a process some milliseconds to load.
    private static ulong Secret()
    {
        UInt128 random = Unsafe.BitCast<Guid, UInt128>(Guid.NewGuid());
        return (ulong)(random ^ (random >> 64)) | 1;
    }
}
