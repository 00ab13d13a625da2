using System.Buffers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tiers.Memory;

/// <summary>An entry of a type that callers could change: every hit gets an instance of its own.</summary>
internal sealed class SerializedEntry<T>(string key, byte[] payload, IHybridCacheSerializer<T> serializer, long size) : MemoryEntry(key, size)
{
    public T Deserialize() => serializer.Deserialize(new ReadOnlySequence<byte>(payload));

    internal override string Form => typeof(T).Name;

    internal override object? Content => payload;
}
