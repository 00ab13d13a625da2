using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using HybridTiered.Entries;

namespace HybridTiered.Invalidation;

/// <summary>The bytes of an <see cref="InvalidationMessage"/>, for backplanes and journals.</summary>
/// <remarks>
/// <code>
/// 48 54               marker
/// 01                  version of this layout
/// byte                kind
/// 8 bytes             origin, little-endian
/// 8 bytes             timestamp, UTC ticks, little-endian
/// varint              entry version
/// varint              number of names
/// for each name:
///   varint            2 x number of bytes that follow, + 1 if they are UTF-16LE (a name without a UTF-8 form) and not UTF-8
///   bytes             name
/// varint, bytes       payload; the end
/// </code>
/// Varints are the seven-bit groups of <see cref="BinaryWriter.Write7BitEncodedInt64"/> in their shortest form.
/// </remarks>
public static class MessageCodec
{
    private const byte LayoutVersion = 1;
    private const int FixedLength = 20;

    private static ReadOnlySpan<byte> Marker => "HT"u8;

    /// <summary>Writes a message.</summary>
    /// <param name="message">The message. A <see cref="InvalidationKind.Key"/> or <see cref="InvalidationKind.Update"/> has one name,
    /// <see cref="InvalidationKind.All"/> none, any other kind at least one; a pattern is not empty.</param>
    /// <param name="destination">Where to.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">
    /// The kind is unknown, the names are not what it asks for, or the timestamp is not that of a date.
    /// </exception>
    public static void Write(InvalidationMessage message, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(destination);
        if (!HasNamesOfItsKind(message.Kind, message.Names))
            throw new ArgumentException($"A message of kind {message.Kind} cannot have these names.", nameof(message));
        if (!IsDate(message.Timestamp))
            throw new ArgumentException($"{message.Timestamp} are not the UTC ticks of a date.", nameof(message));

        Span<byte> start = destination.GetSpan(FixedLength);
        Marker.CopyTo(start);
        start[2] = LayoutVersion;
        start[3] = (byte)message.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(start[4..], message.Origin);
        BinaryPrimitives.WriteInt64LittleEndian(start[12..], message.Timestamp);
        destination.Advance(FixedLength);

        Varint.Write(destination, (ulong)message.Version.Value);
        Varint.Write(destination, (ulong)message.Names.Count);
        foreach (string name in message.Names)
            WriteName(destination, name);
        Varint.Write(destination, (ulong)message.Payload.Length);
        destination.Write(message.Payload.Span);
    }

    /// <summary>Reads a message. Never throws, and allocates no more than a small multiple of what <paramref name="data"/> holds.</summary>
    /// <param name="data">The bytes. The message's payload is a part of them and not a copy: they must outlive it unchanged.</param>
    /// <param name="message">The message.</param>
    /// <returns>
    /// Whether the bytes are a message of this version, complete, of a known kind and with the names that the kind asks for.
    /// </returns>
    public static bool TryRead(ReadOnlyMemory<byte> data, [NotNullWhen(true)] out InvalidationMessage? message)
    {
        message = null;
        ReadOnlySpan<byte> rest = data.Span;
        if (rest.Length < FixedLength || !rest.StartsWith(Marker) || rest[2] != LayoutVersion)
            return false;

        var kind = (InvalidationKind)rest[3];
        long origin = BinaryPrimitives.ReadInt64LittleEndian(rest[4..]);
        long timestamp = BinaryPrimitives.ReadInt64LittleEndian(rest[12..]);
        rest = rest[FixedLength..];
        if (!IsDate(timestamp)
            || !Varint.TryRead(ref rest, out ulong version)
            || !TryReadNames(ref rest, out string[] names)
            || !HasNamesOfItsKind(kind, names)
            || !Varint.TryReadBlock(ref rest, out ReadOnlySpan<byte> payload)
            || !rest.IsEmpty)
            return false;

        message = new InvalidationMessage(kind, origin, timestamp, names, new EntryVersion((long)version), data[^payload.Length..]);
        return true;
    }

    // What is no date would throw, or overflow, in the hands of the receiver.
    private static bool IsDate(long utcTicks) => utcTicks >= 0 && utcTicks <= DateTime.MaxValue.Ticks;

    private static bool HasNamesOfItsKind(InvalidationKind kind, IReadOnlyList<string> names) => kind switch
    {
        InvalidationKind.All => names.Count == 0,
        InvalidationKind.Key or InvalidationKind.Update => names.Count == 1,
        InvalidationKind.Keys or InvalidationKind.Tag => names.Count > 0,
        InvalidationKind.Pattern => names.Count > 0 && !names.Contains(""),
        _ => false,
    };

    private static void WriteName(IBufferWriter<byte> destination, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (KeyRules.IsWellFormed(name))
        {
            Varint.Write(destination, (ulong)Encoding.UTF8.GetByteCount(name) << 1);
            Encoding.UTF8.GetBytes(name, destination);
            return;
        }
        Varint.Write(destination, ((ulong)name.Length << 2) | 1);
        Span<byte> units = destination.GetSpan(2 * name.Length);
        for (int i = 0; i < name.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(units[(2 * i)..], name[i]);
        destination.Advance(2 * name.Length);
    }

    private static bool TryReadNames(ref ReadOnlySpan<byte> rest, out string[] names)
    {
        names = [];
        // Every name takes a byte at least.
        if (!Varint.TryRead(ref rest, out ulong count) || count > (ulong)rest.Length)
            return false;
        if (count > 0)
            names = new string[count];
        for (int i = 0; i < names.Length; i++)
        {
            if (!TryReadName(ref rest, out names[i]))
                return false;
        }
        return true;
    }

    private static bool TryReadName(ref ReadOnlySpan<byte> rest, out string name)
    {
        name = "";
        if (!Varint.TryRead(ref rest, out ulong prefix) || prefix >> 1 > (ulong)rest.Length)
            return false;
        ReadOnlySpan<byte> bytes = rest[..(int)(prefix >> 1)];
        rest = rest[bytes.Length..];
        bool isUtf16 = (prefix & 1) != 0;
        if (isUtf16 ? bytes.Length % 2 != 0 : !Utf8.IsValid(bytes))
            return false;
        name = isUtf16 ? ReadUtf16(bytes) : Encoding.UTF8.GetString(bytes);
        return true;
    }

    // Not Encoding.Unicode: it replaces the halves of surrogate pairs that this form exists for.
    private static string ReadUtf16(ReadOnlySpan<byte> bytes) =>
        string.Create(bytes.Length / 2, bytes, static (chars, bytes) =>
        {
            for (int i = 0; i < chars.Length; i++)
                chars[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]);
        });
}
