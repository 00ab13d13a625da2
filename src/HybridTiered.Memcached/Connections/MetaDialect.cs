using HybridTiered.Memcached.Protocol;

namespace HybridTiered.Memcached.Connections;

/// <summary>Meta commands: every operation is one of them.</summary>
internal sealed class MetaDialect : Dialect
{
    public override Task<ItemReply> ReadAsync(
        MemcachedConnection connection, byte[] key, bool withVersion, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(MetaGetCommand.Read(key, withVersion), cancellationToken);

    public override Task<ItemReply[]> ReadManyAsync(
        MemcachedConnection connection, IReadOnlyList<byte[]> keys, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new MetaGetManyCommand(keys), cancellationToken);

    public override Task<ItemReply> LookAsync(MemcachedConnection connection, byte[] key, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(MetaGetCommand.Look(key), cancellationToken);

    public override Task<ItemReply> TouchAsync(
        MemcachedConnection connection, byte[] key, long expiration, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(MetaGetCommand.Touch(key, expiration), cancellationToken);

    public override Task<StoreReply> StoreAsync(
        MemcachedConnection connection, StoreRequest request, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new MetaStoreCommand(request), cancellationToken);
}
