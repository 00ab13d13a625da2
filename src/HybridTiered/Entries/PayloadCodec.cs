using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace HybridTiered.Entries;

/// <summary>
/// The bytes of an entry in a tier below L1: version 1 of the layout of Microsoft's default <c>HybridCache</c>, so that instances of both
/// read each other's entries.
/// </summary>
/// <remarks>
/// <code>
/// 03 01               marker and version
/// 2 bytes             random; tells apart entries that are otherwise alike
/// 8 bytes             creation time, UTC ticks, little-endian
/// varint              flags, see <see cref="PayloadFlags"/>
/// varint              number of payload bytes
/// varint              life counted from the creation time, in ticks
/// varint              number of tags
/// varint, UTF-8       key
/// varint, UTF-8       each tag
/// bytes               payload
/// 03 01               marker and version again; the end
/// </code>
/// What that layout cannot express takes version 2, which Microsoft's cache takes for a miss: <c>03 02</c> at both ends, and before the payload
/// <see cref="EntryProperties"/>.
/// <para>
/// There is no checksum: damage inside the payload, a tag or a time is not seen here. What is seen: a cut, bytes too many, another key, and
/// lengths that do not add up.
/// </para>
/// </remarks>
internal static class PayloadCodec
{
    private const int FixedLength = 12;
    private const int ShortestLength = FixedLength + 5 + 2;
    private const int LongestKeyOnStack = 512;

    private static ReadOnlySpan<byte> Marker => [0x03, 0x01];

    private static ReadOnlySpan<byte> ExtendedMarker => [0x03, 0x02];

    /// <summary>Writes an entry. A life that reaches beyond year 9999 is cut there.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="key">The key, well-formed UTF-16.</param>
    /// <param name="header">Times in range, lives positive, tags not empty and well-formed.</param>
    /// <param name="payload">The serialised value.</param>
    /// <exception cref="ArgumentException">The key or a tag is not well-formed UTF-16, or a tag is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time is out of range or a life is not positive.</exception>
    public static void Write(IBufferWriter<byte> destination, string key, in EntryHeader header, ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<byte> marker = WriteHeader(destination, key, header, payload.Length);
        destination.Write(payload);
        destination.Write(marker);
    }

    /// <summary>Makes an entry of a payload where it lies, at the end of a buffer that has room for the header before it.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="payloadStart">Where the payload begins, at least <see cref="HeaderRoom"/> behind the start of the buffer.</param>
    /// <param name="key">As of <see cref="Write"/>.</param>
    /// <param name="header">As of <see cref="Write"/>.</param>
    /// <returns>Where the entry begins; it ends with what is written.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Write"/>.</exception>
    public static int WriteAround(PooledBufferWriter buffer, int payloadStart, string key, in EntryHeader header)
    {
        int payloadEnd = buffer.WrittenCount;
        // How long a header is one knows when it is written. The end of the payload is the one place with room for it until then.
        ReadOnlySpan<byte> marker = WriteHeader(buffer, key, header, payloadEnd - payloadStart);
        int start = payloadStart - (buffer.WrittenCount - payloadEnd);
        buffer.MoveForward(payloadEnd, start);
        buffer.Write(marker);
        return start;
    }

    /// <summary>How many bytes the header of an entry takes at most, if its payload is not compressed.</summary>
    public static int HeaderRoom(string key, string[] tags, EntryValidators? validators)
    {
        int room = FixedLength + ((5 + tags.Length) * Varint.MaximumLength) + Encoding.UTF8.GetMaxByteCount(key.Length) + EntryProperties.MostBytes(validators);
        foreach (string tag in tags)
            room += Encoding.UTF8.GetMaxByteCount(tag.Length);
        return room;
    }

    /// <summary>Reads an entry. Never throws, and allocates nothing but the tags.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="key">The key that they were found under.</param>
    /// <param name="header">What the entry says about itself.</param>
    /// <param name="payload">The serialised value, a part of <paramref name="data"/>.</param>
    public static PayloadDefect TryRead(ReadOnlyMemory<byte> data, string key, out EntryHeader header, out ReadOnlyMemory<byte> payload)
    {
        header = default;
        payload = default;
        ReadOnlySpan<byte> rest = data.Span;
        bool extended = rest.StartsWith(ExtendedMarker);
        if (rest.Length < ShortestLength || !(extended || rest.StartsWith(Marker)))
            return PayloadDefect.NotAPayload;

        long created = BinaryPrimitives.ReadInt64LittleEndian(rest[4..]);
        rest = rest[FixedLength..];
        if (!Varint.TryRead(ref rest, out ulong flags)
            || !Varint.TryRead(ref rest, out ulong payloadLength)
            || !Varint.TryRead(ref rest, out ulong life)
            || !Varint.TryRead(ref rest, out ulong tagCount)
            || !Varint.TryReadBlock(ref rest, out ReadOnlySpan<byte> storedKey)
            || !TryDecodeLives(created, flags, life, out TimeSpan duration, out TimeSpan? granted))
            return PayloadDefect.Damaged;

        if (!IsEncodingOf(storedKey, key))
            return Utf8.IsValid(storedKey) ? PayloadDefect.OtherKey : PayloadDefect.Damaged;

        ReadOnlySpan<byte> tagBytes = rest;
        EntryValidators? validators = null;
        long? expandedLength = null;
        if (!TrySkipTags(ref rest, tagCount)
            || (extended && !EntryProperties.TryRead(ref rest, out validators, out expandedLength))
            || rest.Length < Marker.Length
            || payloadLength != (ulong)(rest.Length - Marker.Length)
            || !rest.EndsWith(extended ? ExtendedMarker : Marker))
            return PayloadDefect.Damaged;

        header = new EntryHeader(created, duration, granted, ReadTags(tagBytes, (int)tagCount)) { Validators = validators, ExpandedLength = expandedLength };
        payload = data.Slice(data.Length - rest.Length, (int)payloadLength);
        return PayloadDefect.None;
    }

    // Returns the marker that is to follow the payload.
    private static ReadOnlySpan<byte> WriteHeader(IBufferWriter<byte> destination, string key, in EntryHeader header, int payloadLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(header.Created);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(header.Created, DateTime.MaxValue.Ticks);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(header.Duration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(header.Life, TimeSpan.Zero);

        (ulong flags, TimeSpan life) = EncodeLives(header);

        Span<byte> start = destination.GetSpan(FixedLength);
        ReadOnlySpan<byte> marker = EntryProperties.Any(header) ? ExtendedMarker : Marker;
        marker.CopyTo(start);
        BinaryPrimitives.WriteUInt16LittleEndian(start[2..], (ushort)Random.Shared.Next(ushort.MaxValue + 1));
        BinaryPrimitives.WriteInt64LittleEndian(start[4..], header.Created);
        destination.Advance(FixedLength);

        Varint.Write(destination, flags);
        Varint.Write(destination, (ulong)payloadLength);
        Varint.Write(destination, (ulong)life.Ticks);
        Varint.Write(destination, (ulong)header.Tags.Length);
        WriteText(destination, key);
        foreach (string tag in header.Tags)
        {
            ArgumentException.ThrowIfNullOrEmpty(tag);
            WriteText(destination, tag);
        }
        if (marker.SequenceEqual(ExtendedMarker))
            EntryProperties.Write(destination, header);
        return marker;
    }

    private static (ulong Flags, TimeSpan Life) EncodeLives(in EntryHeader header)
    {
        if (header.Granted is not { } granted)
            return (0, CutAtEndOfTime(header.Duration, header.Created));

        ulong flags = granted == header.Duration ? 0 : PayloadFlags.FromDuration(CutAtEndOfTime(header.Duration, header.Created));
        // Without flags a reader takes the life for the base duration, so it must not be longer than that.
        TimeSpan life = flags == 0 && granted > header.Duration ? header.Duration : granted;
        return (flags, CutAtEndOfTime(life, header.Created));
    }

    private static TimeSpan CutAtEndOfTime(TimeSpan life, long created) =>
        TimeSpan.FromTicks(Math.Min(life.Ticks, DateTime.MaxValue.Ticks - created));

    private static bool TryDecodeLives(long created, ulong flags, ulong life, out TimeSpan duration, out TimeSpan? granted)
    {
        duration = default;
        granted = null;
        if (created < 0 || created > DateTime.MaxValue.Ticks || !PayloadFlags.TryGetDuration(flags, out TimeSpan? named))
            return false;
        ulong longest = (ulong)(DateTime.MaxValue.Ticks - created);
        if (life == 0 || life > longest || named?.Ticks > (long)longest)
            return false;
        TimeSpan own = TimeSpan.FromTicks((long)life);
        duration = named ?? own;
        granted = named is null || named == own ? null : own;
        return true;
    }

    private static void WriteText(IBufferWriter<byte> destination, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Varint.Write(destination, (ulong)length);
        Span<byte> span = destination.GetSpan(length);
        if (Utf8.FromUtf16(text, span, out _, out int written, replaceInvalidSequences: false) != OperationStatus.Done)
            throw new ArgumentException("A key or tag holds half a surrogate pair and has no UTF-8 form.", nameof(text));
        destination.Advance(written);
    }

    private static bool IsEncodingOf(ReadOnlySpan<byte> utf8, string text) =>
        utf8.Length == text.Length
            ? Ascii.Equals(utf8, text)
            : utf8.Length > text.Length && utf8.Length == Encoding.UTF8.GetByteCount(text) && IsEncodingOfNonAscii(utf8, text);

    private static bool IsEncodingOfNonAscii(ReadOnlySpan<byte> utf8, string text)
    {
        byte[]? rented = utf8.Length > LongestKeyOnStack ? ArrayPool<byte>.Shared.Rent(utf8.Length) : null;
        Span<byte> buffer = rented ?? stackalloc byte[LongestKeyOnStack];
        bool equal = Utf8.FromUtf16(text, buffer, out _, out int written, replaceInvalidSequences: false) == OperationStatus.Done
            && utf8.SequenceEqual(buffer[..written]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return equal;
    }

    private static bool TrySkipTags(ref ReadOnlySpan<byte> rest, ulong count)
    {
        for (; count > 0; count--)
        {
            if (!Varint.TryReadBlock(ref rest, out ReadOnlySpan<byte> tag) || tag.IsEmpty || !Utf8.IsValid(tag))
                return false;
        }
        return true;
    }

    private static string[] ReadTags(ReadOnlySpan<byte> checkedBytes, int count)
    {
        if (count == 0)
            return [];
        var tags = new string[count];
        for (int i = 0; i < count; i++)
        {
            Varint.TryReadBlock(ref checkedBytes, out ReadOnlySpan<byte> tag);
            tags[i] = Encoding.UTF8.GetString(tag);
        }
        return tags;
    }
}
