using System.Buffers;
using System.Text;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Serialization;

/// <summary>Stores a string as its UTF-8 bytes. Halves of surrogate pairs come back as U+FFFD, as they do in Microsoft's cache.</summary>
internal sealed class StringSerializer : IHybridCacheSerializer<string>
{
    public string Deserialize(ReadOnlySequence<byte> source) => Encoding.UTF8.GetString(source);

    public void Serialize(string value, IBufferWriter<byte> target)
    {
        ArgumentNullException.ThrowIfNull(value);
        Encoding.UTF8.GetBytes(value, target);
    }
}
