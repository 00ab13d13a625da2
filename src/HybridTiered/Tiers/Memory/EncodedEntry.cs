namespace HybridTiered.Tiers.Memory;

/// <summary>
/// An entry that another instance pushed here. Its type is not known before somebody asks for it; the first reader replaces it by a typed entry.
/// </summary>
internal sealed class EncodedEntry(string key, byte[] payload, long size) : MemoryEntry(key, size)
{
    /// <summary>The serialised value, without header.</summary>
    public byte[] Payload { get; } = payload;

    internal override string Form => "pushed";

    internal override object? Content => Payload;
}
