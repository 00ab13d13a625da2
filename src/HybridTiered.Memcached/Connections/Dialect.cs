using HybridTiered.Memcached.Protocol;

namespace HybridTiered.Memcached.Connections;

/// <summary>How the tier's operations are put to a server.</summary>
internal abstract class Dialect
{
    public static Dialect Meta { get; } = new MetaDialect();

    public static Dialect Classic { get; } = new ClassicDialect();

    /// <summary>Reads an item; flags and CAS value only where <paramref name="withVersion"/> asks for them.</summary>
    public abstract Task<ItemReply> ReadAsync(
        MemcachedConnection connection, byte[] key, bool withVersion, CancellationToken cancellationToken);

    /// <summary>Reads the bodies of several items, one reply per key in their order.</summary>
    public abstract Task<ItemReply[]> ReadManyAsync(
        MemcachedConnection connection, IReadOnlyList<byte[]> keys, CancellationToken cancellationToken);

    /// <summary>Reads flags and CAS value of an item.</summary>
    public abstract Task<ItemReply> LookAsync(MemcachedConnection connection, byte[] key, CancellationToken cancellationToken);

    /// <summary>Sets the expiration time of an item, and reads flags and CAS value of the item that it was set on.</summary>
    public abstract Task<ItemReply> TouchAsync(
        MemcachedConnection connection, byte[] key, long expiration, CancellationToken cancellationToken);

    /// <summary>Writes an item. The CAS value returned is that of this write or 0, never that of another.</summary>
    public abstract Task<StoreReply> StoreAsync(MemcachedConnection connection, StoreRequest request, CancellationToken cancellationToken);
}
