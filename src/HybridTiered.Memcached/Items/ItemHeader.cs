using System.Buffers.Binary;
using System.Numerics;
using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Items;

/// <summary>
/// What stands before the data of an item, since the server keeps lifetimes in whole seconds only and knows no sliding window.
/// Little-endian:
/// <code>
///  0  u16  magic "HT"
///  2  u8   layout, 1
///  3  u8   1 = the key is included
///  4  u32  CRC-32C of the key, the bytes 0 to 3 and everything from byte 8 on
///  8  i64  the end of the entry in UTC ticks of the server's clock; 0 = none
/// 16  i64  the sliding window in ticks; 0 = none
/// 24  u32  length of the key in bytes, and the key itself; only where included
/// </code>
/// The checksum covers the key, so an item that lies under a foreign key, by whatever mishap, is no item.
/// </summary>
/// <param name="EndTicks">The end in UTC ticks of the server's clock; 0 = none.</param>
/// <param name="SlidingTicks">The sliding window in ticks; 0 = none.</param>
internal readonly record struct ItemHeader(long EndTicks, long SlidingTicks)
{
    public const int FixedLength = 24;

    private const ushort Magic = 'H' | ('T' << 8);
    private const byte Layout = 1;
    private const byte KeyIncluded = 1;
    private const int ChecksumAt = 4;
    private const int EndAt = 8;
    private const int SlidingAt = 16;

    public bool IsSliding => SlidingTicks != 0;

    public static int LengthFor(in ItemKey key) => key.IsHashed ? FixedLength + sizeof(uint) + key.Full.Length : FixedLength;

    /// <summary>A header for a lifetime that starts now.</summary>
    public static ItemHeader Starting(TierLifetime lifetime, long nowTicks)
    {
        long end = lifetime.Absolute is { } absolute && absolute.Ticks < DateTime.MaxValue.Ticks - nowTicks ? nowTicks + absolute.Ticks : 0;
        return new ItemHeader(end, lifetime.Sliding?.Ticks ?? 0);
    }

    /// <summary>Reads the header of an item's body.</summary>
    /// <returns>Whether the body is a whole item of this key; if so <paramref name="length"/> bytes of it come before the data.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, in ItemKey key, out ItemHeader header, out int length)
    {
        header = default;
        length = LengthFor(key);
        if (body.Length < length
            || BinaryPrimitives.ReadUInt16LittleEndian(body) != Magic
            || body[2] != Layout
            || body[3] != (key.IsHashed ? KeyIncluded : 0)
            || BinaryPrimitives.ReadUInt32LittleEndian(body[ChecksumAt..]) != Checksum(key, body[..length], body[length..]))
        {
            return false;
        }
        if (key.IsHashed
            && (BinaryPrimitives.ReadUInt32LittleEndian(body[FixedLength..]) != key.Full.Length
                || !body[(FixedLength + sizeof(uint))..length].SequenceEqual(key.Full)))
        {
            return false;
        }
        header = new ItemHeader(
            BinaryPrimitives.ReadInt64LittleEndian(body[EndAt..]), BinaryPrimitives.ReadInt64LittleEndian(body[SlidingAt..]));
        return header.EndTicks >= 0 && header.SlidingTicks >= 0;
    }

    public bool HasEnded(long nowTicks) => EndTicks != 0 && EndTicks <= nowTicks;

    /// <summary>What is left, of an entry that has not ended.</summary>
    public TierLifetime Left(long nowTicks) =>
        new(EndTicks == 0 ? null : TimeSpan.FromTicks(EndTicks - nowTicks), IsSliding ? TimeSpan.FromTicks(SlidingTicks) : null);

    public byte[] ToBytes(in ItemKey key, ReadOnlySpan<byte> data)
    {
        var bytes = new byte[LengthFor(key)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, Magic);
        bytes[2] = Layout;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(EndAt), EndTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(SlidingAt), SlidingTicks);
        if (key.IsHashed)
        {
            bytes[3] = KeyIncluded;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(FixedLength), (uint)key.Full.Length);
            key.Full.CopyTo(bytes, FixedLength + sizeof(uint));
        }
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ChecksumAt), Checksum(key, bytes, data));
        return bytes;
    }

    private static uint Checksum(in ItemKey key, ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        uint crc = Append(uint.MaxValue, key.Full);
        crc = Append(crc, header[..ChecksumAt]);
        crc = Append(crc, header[EndAt..]);
        return ~Append(crc, data);
    }

    private static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}
