using System.Buffers.Binary;

namespace HybridTiered.Fuzzing;

/// <summary>Does to valid bytes what broken disks, other programs and attackers do.</summary>
public static class Damage
{
    // Lengths that overflow, turn negative, or just do not fit.
    private static readonly ulong[] GreatNumbers =
        [0, 1, 0x7F, 0x80, 0xFF, 0x3FFF, 0x4000, 0x7FFF, 0xFFFF, 0x7FFF_FFF0, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1UL << 35, long.MaxValue, 1UL << 63, ulong.MaxValue];

    /// <summary>Makes one hostile input: valid bytes with one to four wounds, now and then untouched, or noise.</summary>
    /// <param name="random">Decides what happens.</param>
    /// <param name="valid">The valid inputs to start from, and to take pieces of.</param>
    /// <returns>The bytes, and whether they are one of <paramref name="valid"/> as it was.</returns>
    public static (byte[] Bytes, bool IsWhole) Make(Random random, IReadOnlyList<byte[]> valid)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(valid);
        byte[] start = valid[random.Next(valid.Count)];
        int kind = random.Next(16);
        if (kind == 0)
            return (Noise(random, random.Next(80)), false);
        if (kind == 1)
            return ([.. start], true);
        byte[] bytes = start;
        for (int wounds = random.Next(1, 5); wounds > 0; wounds--)
            bytes = Wound(random, bytes, valid[random.Next(valid.Count)]);
        return (bytes, bytes.AsSpan().SequenceEqual(start));
    }

    /// <summary>Bytes that mean nothing.</summary>
    public static byte[] Noise(Random random, int length)
    {
        ArgumentNullException.ThrowIfNull(random);
        var noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }

    /// <summary>Does one thing to some bytes, and leaves the original alone.</summary>
    /// <param name="random">Decides which.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="other">Where foreign pieces come from.</param>
    public static byte[] Wound(Random random, byte[] bytes, byte[] other)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(other);
        if (bytes.Length == 0)
            return Noise(random, 1);
        int at = random.Next(bytes.Length);
        int length = Math.Min(random.Next(1, 33), bytes.Length - at);
        switch (random.Next(9))
        {
            case 0:
                return Changed(bytes, copy => copy[at] ^= (byte)(1 << random.Next(8)));
            case 1:
                return Changed(bytes, copy => copy[at] = (byte)random.Next(256));
            case 2:
                return bytes[..at];
            case 3: // A piece is lost.
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + length)];
            case 4: // A piece is there twice.
                return [.. bytes.AsSpan(0, at + length), .. bytes.AsSpan(at)];
            case 5: // The beginning of one, the end of another.
                return [.. bytes.AsSpan(0, at), .. other.AsSpan(random.Next(other.Length + 1))];
            case 6: // A number of fixed width, enlarged.
                return Changed(bytes, copy => WriteNumber(random, copy.AsSpan(at)));
            case 7: // A number of seven-bit groups, enlarged.
                return [.. bytes.AsSpan(0, at), .. Varint(GreatNumbers[random.Next(GreatNumbers.Length)]), .. bytes.AsSpan(at + 1)];
            default:
                return [.. bytes.AsSpan(0, at), .. Noise(random, length), .. bytes.AsSpan(at)];
        }
    }

    private static byte[] Changed(byte[] bytes, Action<byte[]> change)
    {
        byte[] copy = [.. bytes];
        change(copy);
        return copy;
    }

    private static void WriteNumber(Random random, Span<byte> destination)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(number, GreatNumbers[random.Next(GreatNumbers.Length)]);
        number = number[..(1 << random.Next(1, 4))];
        number[..Math.Min(number.Length, destination.Length)].CopyTo(destination);
    }

    private static byte[] Varint(ulong value)
    {
        var groups = new List<byte>();
        for (; value > 0x7F; value >>= 7)
            groups.Add((byte)(value | 0x80));
        groups.Add((byte)value);
        return [.. groups];
    }
}
