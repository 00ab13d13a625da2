using System.Buffers;
using System.Runtime.CompilerServices;
using HybridTiered.Serialization;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tiers.Memory;

/// <summary>An entry of a type that callers could change: every hit gets an instance of its own.</summary>
internal sealed class SerializedEntry<T>(string key, byte[] payload, IHybridCacheSerializer<T> serializer, long size) : MemoryEntry(key, size)
{
    // A sequence costs as much to make and to take apart as the lookup of the entry, so the most frequent serializer is spared it.
    public T Deserialize() => serializer is JsonPayloadSerializer<T> json ? json.Deserialize(payload) : DeserializeSequence();

    internal override string Form => typeof(T).Name;

    internal override object? Content => payload;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private T DeserializeSequence() => serializer.Deserialize(new ReadOnlySequence<byte>(payload));
}
