namespace HybridTiered.Memcached.Protocol;

/// <summary>A write. The bytes stay the caller's; they are copied when the command is written.</summary>
internal sealed record StoreRequest
{
    public required byte[] Key { get; init; }

    public required uint Flags { get; init; }

    /// <summary>In the server's terms, see <see cref="Items.Expiration"/>.</summary>
    public required long Expiration { get; init; }

    public ReadOnlyMemory<byte> Header { get; init; }

    public ReadOnlyMemory<byte> Data { get; init; }

    public StoreMode Mode { get; init; }

    /// <summary>The CAS value that <see cref="StoreMode.CompareAndSwap"/> requires.</summary>
    public ulong Cas { get; init; }

    public int BodyLength => Header.Length + Data.Length;
}
