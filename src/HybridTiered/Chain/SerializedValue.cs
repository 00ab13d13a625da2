using HybridTiered.Entries;

namespace HybridTiered.Chain;

/// <summary>A value's bytes in a pooled buffer, or the knowledge that it has none. An entry can be made of them where they lie.</summary>
internal readonly struct SerializedValue : IDisposable
{
    private readonly PooledBufferWriter? _buffer;
    private readonly int _start;
    private readonly int _length;

    /// <summary>Takes a buffer over.</summary>
    /// <param name="buffer">Ends with the bytes.</param>
    /// <param name="start">Where they begin; before it there is room for the header of an entry, if one is to be made of them.</param>
    public SerializedValue(PooledBufferWriter buffer, int start)
    {
        _buffer = buffer;
        _start = start;
        _length = buffer.WrittenCount - start;
    }

    /// <summary>Whether there are bytes.</summary>
    public bool HasBytes => _buffer is not null;

    public ReadOnlyMemory<byte> Bytes => _buffer!.WrittenMemory.Slice(_start, _length);

    /// <summary>Makes an entry of the bytes, once, without copying them. It shares the buffer: whichever is disposed first ends both.</summary>
    public EntryBytes ToEntry(string key, in EntryHeader header) => new(_buffer!, PayloadCodec.WriteAround(_buffer!, _start, key, header));

    public void Dispose() => _buffer?.Dispose();
}
