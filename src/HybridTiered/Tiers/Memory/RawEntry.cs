namespace HybridTiered.Tiers.Memory;

/// <summary>Bytes that came through the <c>IDistributedCache</c> face. Nobody outside ever sees the array itself.</summary>
internal sealed class RawEntry(string key, byte[] data, long size) : MemoryEntry(key, size)
{
    public byte[] Data { get; } = data;

    internal override string Form => "bytes";

    internal override object? Content => Data;
}
