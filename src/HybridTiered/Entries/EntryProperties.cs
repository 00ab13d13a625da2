using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace HybridTiered.Entries;

/// <summary>What version 2 of the payload layout adds to version 1: a number of properties, each with a number of its own and a length.</summary>
/// <remarks>
/// <code>
/// varint              number of properties, then for each
/// varint              1: the payload is Brotli-compressed; 2: entity tag; 3: time of the last modification
/// varint, bytes       1: varint, number of bytes that the payload expands to; 2: UTF-8; 3: UTC ticks, 8 bytes, little-endian
/// </code>
/// An entry with a property of another number cannot be read: who wrote it meant something by it.
/// </remarks>
internal static class EntryProperties
{
    private const ulong Brotli = 1;
    private const ulong ETag = 2;
    private const ulong LastModified = 3;

    /// <summary>Whether a header has any of them.</summary>
    public static bool Any(in EntryHeader header) => header.ExpandedLength is not null || header.Validators is not null;

    /// <summary>How many bytes those that a header has from the start take at most.</summary>
    public static int MostBytes(EntryValidators? validators) =>
        validators is null ? 0 : (5 * Varint.MaximumLength) + Encoding.UTF8.GetMaxByteCount(validators.ETag?.Length ?? 0) + sizeof(long);

    public static void Write(IBufferWriter<byte> destination, in EntryHeader header)
    {
        EntryValidators? validators = header.Validators;
        int count = (header.ExpandedLength is null ? 0 : 1) + (validators?.ETag is null ? 0 : 1) + (validators?.LastModified is null ? 0 : 1);
        Varint.Write(destination, (ulong)count);
        if (header.ExpandedLength is { } length)
        {
            var number = new ArrayBufferWriter<byte>(Varint.MaximumLength);
            Varint.Write(number, (ulong)length);
            Write(destination, Brotli, number.WrittenSpan);
        }
        if (validators?.ETag is { } tag)
            Write(destination, ETag, Encoding.UTF8.GetBytes(tag));
        if (validators?.LastModified is { } modified)
        {
            Span<byte> ticks = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(ticks, modified.UtcTicks);
            Write(destination, LastModified, ticks);
        }
    }

    /// <summary>Reads the properties and moves on behind them. Never throws.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> rest, out EntryValidators? validators, out long? expandedLength)
    {
        validators = null;
        expandedLength = null;
        string? tag = null;
        DateTimeOffset? modified = null;
        if (!Varint.TryRead(ref rest, out ulong count))
            return false;
        for (; count > 0; count--)
        {
            if (!Varint.TryRead(ref rest, out ulong id) || !Varint.TryReadBlock(ref rest, out ReadOnlySpan<byte> value))
                return false;
            bool known = id switch
            {
                Brotli => TryReadLength(value, out expandedLength),
                ETag => TryReadText(value, out tag),
                LastModified => TryReadTime(value, out modified),
                _ => false,
            };
            if (!known)
                return false;
        }
        if (tag is not null || modified is not null)
            validators = new EntryValidators(tag, modified);
        return true;
    }

    private static void Write(IBufferWriter<byte> destination, ulong id, ReadOnlySpan<byte> value)
    {
        Varint.Write(destination, id);
        Varint.Write(destination, (ulong)value.Length);
        destination.Write(value);
    }

    private static bool TryReadLength(ReadOnlySpan<byte> value, out long? length)
    {
        bool whole = Varint.TryRead(ref value, out ulong number) && value.IsEmpty && number <= int.MaxValue;
        length = whole ? (long)number : null;
        return whole;
    }

    private static bool TryReadText(ReadOnlySpan<byte> value, out string? text)
    {
        text = Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : null;
        return text is not null;
    }

    private static bool TryReadTime(ReadOnlySpan<byte> value, out DateTimeOffset? time)
    {
        time = null;
        if (value.Length != sizeof(long))
            return false;
        long ticks = BinaryPrimitives.ReadInt64LittleEndian(value);
        if (ticks < 0 || ticks > DateTimeOffset.MaxValue.UtcTicks)
            return false;
        time = new DateTimeOffset(ticks, TimeSpan.Zero);
        return true;
    }
}
