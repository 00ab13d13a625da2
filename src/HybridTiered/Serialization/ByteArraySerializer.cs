using System.Buffers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Serialization;

/// <summary>Stores a byte array as it is. Every caller receives a copy: buffers below belong to tiers and pools.</summary>
internal sealed class ByteArraySerializer : IHybridCacheSerializer<byte[]>
{
    public byte[] Deserialize(ReadOnlySequence<byte> source) => source.ToArray();

    public void Serialize(byte[] value, IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(value);
        target.Write(value);
    }
}
