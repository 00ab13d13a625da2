using System.Buffers.Binary;
using System.Numerics;

namespace System.IO.Hashing;

/// <summary>XXH3, 64 bits, one shot, with the default secret and an optional seed.</summary>
/// <remarks>Source: the public xxHash specification, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.</remarks>
public static class XxHash3
{
    private const ulong Prime32A = 0x9E3779B1;
    private const ulong Prime32B = 0x85EBCA77;
    private const ulong Prime32C = 0xC2B2AE3D;
    private const ulong Prime64A = 0x9E3779B185EBCA87;
    private const ulong Prime64B = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime64C = 0x165667B19E3779F9;
    private const ulong Prime64D = 0x85EBCA77C2B2AE63;
    private const ulong Prime64E = 0x27D4EB2F165667C5;
    private const ulong Mix1 = 0x165667919E3779F9;
    private const ulong Mix2 = 0x9FB21C651E98DF25;
    private const int Stripe = 64;
    private const int StripesPerBlock = 16;
    private const int Block = Stripe * StripesPerBlock;

    private static ReadOnlySpan<byte> DefaultSecret =>
    [
        0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c, 0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb,
        0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f, 0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
        0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c, 0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb,
        0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3, 0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
        0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d, 0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31,
        0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64, 0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
        0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e, 0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc,
        0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce, 0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
    ];

    public static ulong HashToUInt64(ReadOnlySpan<byte> source, long seed = 0) =>
        source.Length switch
        {
            0 => XxHash64Avalanche((ulong)seed ^ U64(DefaultSecret, 56) ^ U64(DefaultSecret, 64)),
            <= 3 => HashUpTo3(source, (ulong)seed),
            <= 8 => HashUpTo8(source, (ulong)seed),
            <= 16 => HashUpTo16(source, (ulong)seed),
            <= 128 => HashUpTo128(source, (ulong)seed),
            <= 240 => HashUpTo240(source, (ulong)seed),
            _ => HashLong(source, (ulong)seed),
        };

    private static ulong HashUpTo3(ReadOnlySpan<byte> source, ulong seed)
    {
        uint combined = source[^1] | (uint)source.Length << 8 | (uint)source[0] << 16 | (uint)source[source.Length >> 1] << 24;
        return XxHash64Avalanche(((U32(DefaultSecret, 0) ^ U32(DefaultSecret, 4)) + seed) ^ combined);
    }

    private static ulong HashUpTo8(ReadOnlySpan<byte> source, ulong seed)
    {
        ulong modifiedSeed = seed ^ (ulong)BinaryPrimitives.ReverseEndianness((uint)seed) << 32;
        ulong combined = U32(source, source.Length - 4) + ((ulong)U32(source, 0) << 32);
        ulong value = ((U64(DefaultSecret, 8) ^ U64(DefaultSecret, 16)) - modifiedSeed) ^ combined;
        value ^= BitOperations.RotateLeft(value, 49) ^ BitOperations.RotateLeft(value, 24);
        value *= Mix2;
        value ^= (value >> 35) + (ulong)source.Length;
        value *= Mix2;
        return value ^ value >> 28;
    }

    private static ulong HashUpTo16(ReadOnlySpan<byte> source, ulong seed)
    {
        ulong low = ((U64(DefaultSecret, 24) ^ U64(DefaultSecret, 32)) + seed) ^ U64(source, 0);
        ulong high = ((U64(DefaultSecret, 40) ^ U64(DefaultSecret, 48)) - seed) ^ U64(source, source.Length - 8);
        return Avalanche((ulong)source.Length + BinaryPrimitives.ReverseEndianness(low) + high + Fold(low, high));
    }

    private static ulong HashUpTo128(ReadOnlySpan<byte> source, ulong seed)
    {
        ulong sum = (ulong)source.Length * Prime64A;
        for (int i = (source.Length - 1) >> 5; i >= 0; i--)
        {
            sum += Mix(source, i * 16, DefaultSecret, i * 32, seed);
            sum += Mix(source, source.Length - (i * 16) - 16, DefaultSecret, (i * 32) + 16, seed);
        }
        return Avalanche(sum);
    }

    private static ulong HashUpTo240(ReadOnlySpan<byte> source, ulong seed)
    {
        ulong sum = (ulong)source.Length * Prime64A;
        for (int i = 0; i < 8; i++)
            sum += Mix(source, i * 16, DefaultSecret, i * 16, seed);
        sum = Avalanche(sum);
        for (int i = 8; i < source.Length >> 4; i++)
            sum += Mix(source, i * 16, DefaultSecret, ((i - 8) * 16) + 3, seed);
        return Avalanche(sum + Mix(source, source.Length - 16, DefaultSecret, 136 - 17, seed));
    }

    private static ulong HashLong(ReadOnlySpan<byte> source, ulong seed)
    {
        Span<byte> secret = stackalloc byte[DefaultSecret.Length];
        for (int i = 0; i < secret.Length; i += 16)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(secret[i..], U64(DefaultSecret, i) + seed);
            BinaryPrimitives.WriteUInt64LittleEndian(secret[(i + 8)..], U64(DefaultSecret, i + 8) - seed);
        }
        Span<ulong> lanes = [Prime32C, Prime64A, Prime64B, Prime64C, Prime64D, Prime32B, Prime64E, Prime32A];
        for (ReadOnlySpan<byte> rest = source; rest.Length > Stripe; rest = rest[Math.Min(Block, rest.Length)..])
        {
            int stripes = Math.Min(StripesPerBlock, (rest.Length - 1) / Stripe);
            for (int n = 0; n < stripes; n++)
                Accumulate(lanes, rest[(n * Stripe)..], secret[(n * 8)..]);
            if (rest.Length > Block)
                Scramble(lanes, secret[^Stripe..]);
        }
        Accumulate(lanes, source[^Stripe..], secret[(secret.Length - Stripe - 7)..]);
        ulong result = (ulong)source.Length * Prime64A;
        for (int i = 0; i < 8; i += 2)
            result += Fold(lanes[i] ^ U64(secret, 11 + (8 * i)), lanes[i + 1] ^ U64(secret, 19 + (8 * i)));
        return Avalanche(result);
    }

    private static void Accumulate(Span<ulong> lanes, ReadOnlySpan<byte> stripe, ReadOnlySpan<byte> secret)
    {
        for (int i = 0; i < 8; i++)
        {
            ulong data = U64(stripe, i * 8);
            ulong keyed = data ^ U64(secret, i * 8);
            lanes[i ^ 1] += data;
            lanes[i] += (uint)keyed * (keyed >> 32);
        }
    }

    private static void Scramble(Span<ulong> lanes, ReadOnlySpan<byte> secret)
    {
        for (int i = 0; i < 8; i++)
            lanes[i] = (lanes[i] ^ lanes[i] >> 47 ^ U64(secret, i * 8)) * Prime32A;
    }

    private static ulong Mix(ReadOnlySpan<byte> source, int at, ReadOnlySpan<byte> secret, int secretAt, ulong seed) =>
        Fold(U64(source, at) ^ (U64(secret, secretAt) + seed), U64(source, at + 8) ^ (U64(secret, secretAt + 8) - seed));

    private static ulong Fold(ulong a, ulong b) => Math.BigMul(a, b, out ulong low) ^ low;

    private static ulong Avalanche(ulong x)
    {
        x = (x ^ x >> 37) * Mix1;
        return x ^ x >> 32;
    }

    private static ulong XxHash64Avalanche(ulong x)
    {
        x = (x ^ x >> 33) * Prime64B;
        x = (x ^ x >> 29) * Prime64C;
        return x ^ x >> 32;
    }

    private static uint U32(ReadOnlySpan<byte> source, int at) => BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);

    private static ulong U64(ReadOnlySpan<byte> source, int at) => BinaryPrimitives.ReadUInt64LittleEndian(source[at..]);
}
