using System.Buffers;
using HybridTiered.Configuration;
using HybridTiered.Entries;
using HybridTiered.Serialization;
using HybridTiered.Tags;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>Turns values into what the tiers keep: entries of L1, and bytes with a header for the others.</summary>
internal sealed class ValueEncoder(TierChain chain)
{
    /// <summary>Whether a value with this key and these tags may go below L1 at all.</summary>
    public bool FitsLower(string key, string[] tags)
    {
        if (KeyRules.IsWellFormed(key) && Array.TrueForAll(tags, tag => KeyRules.IsWellFormed(tag)))
            return true;
        chain.Throttled.MalformedText();
        return false;
    }

    /// <summary>Serialises a value if somebody needs its bytes: a lower tier, or L1 for a type that callers could change.</summary>
    /// <param name="value">The value.</param>
    /// <param name="headerRoom">How much the header takes if a tier below L1 will take the value (<see cref="PayloadCodec.HeaderRoom"/>); else <see langword="null"/>.</param>
    /// <param name="failed">Whether it could not be serialised, which is logged.</param>
    public SerializedValue Serialize<T>(T value, int? headerRoom, out bool failed)
    {
        failed = false;
        bool needed = headerRoom is not null || !(TypeTraits<T>.IsImmutable || value is null);
        if (!needed)
            return default;
        PooledBufferWriter? buffer = null;
        try
        {
            ResolvedSerializer<T> resolved = chain.Serializers.Get<T>();
            if (value is null && !resolved.CanRepresentNull)
                return default;
            int room = headerRoom ?? 0;
            // The header needs its room once more, behind the payload, until it is known how long it is.
            buffer = new PooledBufferWriter(resolved.ExpectedLength + (2 * room), chain.Buffers);
            buffer.Skip(room);
            resolved.Serializer.Serialize(value, buffer);
            var bytes = new SerializedValue(buffer, room);
            resolved.Expect(bytes.Bytes.Length);
            return bytes;
        }
        catch (Exception exception)
        {
            buffer?.Dispose();
            failed = true;
            Interlocked.Increment(ref chain.Counters.SerializationFailures);
            chain.Throttled.SerializationFailed(exception, typeof(T));
            return default;
        }
    }

    /// <summary>Whether serialised bytes may go below L1; logs if they are too many.</summary>
    public bool FitsLower(SerializedValue bytes) => bytes.HasBytes && FitsLower(bytes.Bytes.Length);

    /// <summary>Whether that many bytes may go below L1; logs if they are too many.</summary>
    public bool FitsLower(int length)
    {
        if (length <= chain.Options.MaximumPayloadBytes)
            return true;
        chain.Throttled.PayloadTooLarge(length, chain.Options.MaximumPayloadBytes);
        return false;
    }

    /// <summary>Makes the entry that L1 keeps of a value that was serialised if need be.</summary>
    public MemoryEntry ToMemoryEntry<T>(string key, T value, SerializedValue bytes, long created, TagCell[]? tags, EntryVersion version) =>
        ToMemoryEntry(key, value, bytes.HasBytes ? bytes.Bytes : (ReadOnlyMemory<byte>?)null, created, tags, version);

    /// <summary>Makes the entry that L1 keeps: the value itself where nobody can change it, otherwise its bytes.</summary>
    public MemoryEntry ToMemoryEntry<T>(string key, T value, ReadOnlyMemory<byte>? bytes, long created, TagCell[]? tags, EntryVersion version)
    {
        if (TypeTraits<T>.IsImmutable || value is null)
        {
            long size = EntrySize.OfValue(key, value, bytes?.Length, chain.MemoryOptions.AssumedValueSize);
            return new ObjectEntry<T>(key, value, size) { Created = created, Tags = tags, Version = version };
        }
        byte[] own = bytes!.Value.ToArray();
        return new SerializedEntry<T>(key, own, chain.Serializers.Get<T>().Serializer, EntrySize.OfBytes(key, own.Length))
        {
            Created = created,
            Tags = tags,
            Version = version,
        };
    }

    /// <summary>
    /// Takes the value out of an entry of L1 that is alive. An entry that another instance pushed is replaced by a typed one; one of another type, or
    /// one that cannot be deserialised, has no value for this caller.
    /// </summary>
    public bool TryGetValue<T>(MemoryEntry entry, out T? value)
    {
        switch (entry)
        {
            case ObjectEntry<T> typed:
                value = typed.Value;
                return true;
            case SerializedEntry<T> serialized:
                return TryDeserialize(serialized, out value);
            case EncodedEntry encoded:
                return TryDecode(encoded, out value);
            default:
                value = default;
                return false;
        }
    }

    /// <summary>
    /// Puts the header before the bytes, which are compressed if the cache is to compress them and the call does not forbid it; if not, the entry shares their buffer.
    /// </summary>
    public EntryBytes Encode(string key, in EntryHeader header, SerializedValue value, EntrySettings settings) =>
        TryCompress(key, header, value.Bytes.Span, settings, out EntryBytes compressed) ? compressed : value.ToEntry(key, header);

    /// <summary>The same in a buffer of its own.</summary>
    public EntryBytes EncodeCopy(string key, in EntryHeader header, ReadOnlySpan<byte> payload, EntrySettings settings) =>
        TryCompress(key, header, payload, settings, out EntryBytes compressed) ? compressed : EncodeCopy(key, header, payload);

    /// <summary>Puts the header before a copy of the bytes as they are.</summary>
    public EntryBytes EncodeCopy(string key, in EntryHeader header, ReadOnlySpan<byte> payload)
    {
        var buffer = new PooledBufferWriter(PayloadCodec.HeaderRoom(key, header.Tags, header.Validators) + payload.Length, chain.Buffers);
        PayloadCodec.Write(buffer, key, header, payload);
        return new EntryBytes(buffer);
    }

    private bool TryCompress(string key, in EntryHeader header, ReadOnlySpan<byte> payload, EntrySettings settings, out EntryBytes entry)
    {
        entry = default;
        if (chain.Options.CompressAbove is not { } limit || payload.Length <= limit || !settings.Compresses
            || !PayloadCompression.TryCompress(payload, out PooledBufferWriter? compressed))
            return false;
        using (compressed)
            entry = EncodeCopy(key, header with { ExpandedLength = payload.Length }, compressed.WrittenSpan);
        return true;
    }

    private bool TryDeserialize<T>(SerializedEntry<T> serialized, out T? value)
    {
        try
        {
            value = serialized.Deserialize();
            return true;
        }
        catch (Exception exception)
        {
            return DropUnreadable(serialized, exception, out value);
        }
    }

    // What cannot be deserialised is a miss, and must not fail every hit until it expires.
    private bool DropUnreadable<T>(MemoryEntry entry, Exception exception, out T? value)
    {
        chain.Throttled.DeserializationFailed(exception, "L1", typeof(T));
        chain.Memory.Store.Remove(entry);
        value = default;
        return false;
    }

    private bool TryDecode<T>(EncodedEntry encoded, out T? value)
    {
        try
        {
            value = chain.Serializers.Get<T>().Serializer.Deserialize(new ReadOnlySequence<byte>(encoded.Payload));
        }
        catch (Exception exception)
        {
            return DropUnreadable(encoded, exception, out value);
        }
        MemoryEntry typed = ToMemoryEntry(encoded.Key, value, encoded.Payload, encoded.Created, encoded.Tags, encoded.Version);
        chain.Memory.Replace(encoded, typed);
        return true;
    }
}
