using System.Buffers;
using System.Text;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests.Support;

/// <summary>Serialises <see cref="Note"/>s, counts, and fails on demand.</summary>
internal sealed class ThrowingSerializer : IHybridCacheSerializer<Note>
{
    private int _serialized;
    private int _deserialized;

    public bool FailsToSerialize { get; set; }

    public bool FailsToDeserialize { get; set; }

    public int Serialized => Volatile.Read(ref _serialized);

    public int Deserialized => Volatile.Read(ref _deserialized);

    public Note Deserialize(ReadOnlySequence<byte> source)
    {
        Interlocked.Increment(ref _deserialized);
        return FailsToDeserialize ? throw new FormatException("cannot be read") : new Note { Text = Encoding.UTF8.GetString(source) };
    }

    public void Serialize(Note value, IBufferWriter<byte> target)
    {
        Interlocked.Increment(ref _serialized);
        if (FailsToSerialize)
            throw new NotSupportedException("cannot be written");
        Encoding.UTF8.GetBytes(value.Text, target);
    }
}
