using HybridTiered.Entries;

namespace HybridTiered.Chain;

/// <summary>A value's bytes in a pooled buffer, or the knowledge that it has none.</summary>
internal readonly struct SerializedValue(PooledBufferWriter? buffer) : IDisposable
{
    /// <summary>Whether there are bytes.</summary>
    public bool HasBytes => buffer is not null;

    public ReadOnlyMemory<byte> Bytes => buffer!.WrittenMemory;

    public int? Length => buffer?.WrittenCount;

    public void Dispose() => buffer?.Dispose();
}
