using HybridTiered.Memcached.Protocol;

namespace HybridTiered.Memcached.Connections;

/// <summary>Classic commands, for servers before 1.6.10 and for proxies.</summary>
internal sealed class ClassicDialect : Dialect
{
    public override async Task<ItemReply> ReadAsync(
        MemcachedConnection connection, byte[] key, bool withVersion, CancellationToken cancellationToken)
    {
        ItemReply[] replies = await ReadManyAsync(connection, [key], cancellationToken).ConfigureAwait(false);
        return replies[0];
    }

    public override Task<ItemReply[]> ReadManyAsync(
        MemcachedConnection connection, IReadOnlyList<byte[]> keys, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new ClassicGetCommand(keys), cancellationToken);

    public override async Task<ItemReply> LookAsync(MemcachedConnection connection, byte[] key, CancellationToken cancellationToken)
    {
        using ItemReply reply = await ReadAsync(connection, key, withVersion: true, cancellationToken).ConfigureAwait(false);
        return reply with { Body = null };
    }

    public override async Task<ItemReply> TouchAsync(
        MemcachedConnection connection, byte[] key, long expiration, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(new ClassicTouchCommand(key, expiration), cancellationToken).ConfigureAwait(false)
            ? await LookAsync(connection, key, cancellationToken).ConfigureAwait(false)
            : default;

    /// <remarks>
    /// The CAS value is read afterwards. If by then the item holds the same flags and bytes, it is this write's or that of an equal one,
    /// which makes no difference to anybody; if not, another write has come in between and the value stays unknown.
    /// </remarks>
    public override async Task<StoreReply> StoreAsync(
        MemcachedConnection connection, StoreRequest request, CancellationToken cancellationToken)
    {
        StoreReply stored = await connection.ExecuteAsync(new ClassicStoreCommand(request), cancellationToken).ConfigureAwait(false);
        if (stored.Outcome != StoreOutcome.Stored)
            return stored;
        using ItemReply now = await ReadAsync(connection, request.Key, withVersion: true, cancellationToken).ConfigureAwait(false);
        return now.Found && now.Flags == request.Flags && Holds(now.Body!.Memory.Span, request) ? stored with { Cas = now.Cas } : stored;
    }

    private static bool Holds(ReadOnlySpan<byte> body, StoreRequest request) =>
        body.Length == request.BodyLength
        && body.StartsWith(request.Header.Span)
        && body[request.Header.Length..].SequenceEqual(request.Data.Span);
}
