using System.Buffers;

namespace HybridTiered.Entries;

/// <summary>
/// Unsigned integers in groups of seven bits, lowest first, the high bit of a byte saying that more follow (LEB128; in .NET
/// <see cref="BinaryWriter.Write7BitEncodedInt64"/>). Only the shortest form is accepted, so that one number has one encoding.
/// </summary>
internal static class Varint
{
    /// <summary>What the largest number takes.</summary>
    public const int MaximumLength = 10;

    public static void Write(IBufferWriter<byte> destination, ulong value)
    {
        Span<byte> span = destination.GetSpan(MaximumLength);
        int length = 0;
        for (; value > 0x7F; value >>= 7)
            span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        destination.Advance(length);
    }

    /// <summary>Takes a number from the front of <paramref name="source"/>.</summary>
    /// <returns>Whether there was one; if not, <paramref name="source"/> is as it was.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> source, out ulong value)
    {
        value = 0;
        for (int i = 0; i < source.Length && i < MaximumLength; i++)
        {
            byte group = source[i];
            value |= (ulong)(group & 0x7F) << (7 * i);
            if (group > 0x7F)
                continue;
            bool overflows = i == MaximumLength - 1 && group > 1;
            bool isLongerThanNeeded = i > 0 && group == 0;
            if (overflows || isLongerThanNeeded)
                return false;
            source = source[(i + 1)..];
            return true;
        }
        return false;
    }

    /// <summary>Takes a length and that many bytes from the front of <paramref name="source"/>.</summary>
    /// <returns>Whether they were there; if not, <paramref name="source"/> is somewhere on the way.</returns>
    public static bool TryReadBlock(ref ReadOnlySpan<byte> source, out ReadOnlySpan<byte> block)
    {
        block = default;
        if (!TryRead(ref source, out ulong length) || length > (ulong)source.Length)
            return false;
        block = source[..(int)length];
        source = source[(int)length..];
        return true;
    }
}
