using HybridTiered.Entries;
using HybridTiered.Memcached.Connections;
using HybridTiered.Memcached.Hashing;
using HybridTiered.Memcached.Items;
using HybridTiered.Memcached.Protocol;
using HybridTiered.Tiers;
using Microsoft.Extensions.Options;

namespace HybridTiered.Memcached;

/// <summary>A tier in Memcached servers, shared by all instances that name the same servers and prefix.</summary>
/// <remarks>
/// <para>
/// Every key belongs to one server, found by consistent hashing (ketama). A server that does not answer keeps its keys: operations on them
/// fail at once until it is back.
/// </para>
/// <para>
/// Versions are the servers' CAS values, made unique across restarts. A removal leaves a tombstone for <see cref="VersionRetention"/>: an
/// item without a value that has the new version. What Memcached cannot promise is to keep it: if within one computation a key that was
/// unknown before is removed, and its tombstone then evicted for want of memory, flushed or lost with the server, the computation's write
/// succeeds. Where a version was read, such a write is refused.
/// </para>
/// <para>
/// Lifetimes are exact to the tick of the instance's clock, sliding windows are rounded up by one to two seconds. A server drops
/// an entry within two seconds of its end whatever the clocks of the instances say.
/// </para>
/// <para>
/// Faults: <see cref="MemcachedConnectionException"/> when a server cannot be reached or stops answering, <see
/// cref="MemcachedServerException"/> when it reports a fault, <see cref="EntryTooLargeException"/> for an entry above <see
/// cref="MemcachedTierOptions.MaximumItemBytes"/> or the server's own limit.
/// </para>
/// </remarks>
public sealed class MemcachedTier : IConditionalTier, IBulkTier, IRefreshableTier
{
    /// <summary>What the server itself adds to an item (its header, the CAS value, alignment), at most.</summary>
    private const int ServerOverhead = 64;

    private const int KeysPerCommand = 100;

    private readonly TimeProvider _time;
    private readonly ItemKeys _keys;
    private readonly KetamaRing _ring;
    private readonly MemcachedServer[] _servers;
    private readonly int _maximumItemBytes;
    private readonly TierLifetime _retention;

    /// <summary>Makes a tier. It connects with its first operation.</summary>
    /// <param name="options">The options; later changes to them are not allowed.</param>
    /// <param name="time">The clock; default <see cref="TimeProvider.System"/>.</param>
    /// <exception cref="OptionsValidationException">The options are wrong; all mistakes are in the message.</exception>
    public MemcachedTier(MemcachedTierOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<string> errors = options.Validate(Environment.GetEnvironmentVariable, out IReadOnlyList<ServerAddress> addresses);
        if (errors.Count > 0)
            throw new OptionsValidationException(nameof(MemcachedTierOptions), typeof(MemcachedTierOptions), errors);
        _time = time ?? TimeProvider.System;
        _keys = new ItemKeys(options.KeyPrefix);
        _servers = [.. addresses.Select(address => new MemcachedServer(new ConnectionSettings(address, options, _time)))];
        _ring = new KetamaRing([.. _servers.Select(server => server.Name)]);
        _maximumItemBytes = options.MaximumItemBytes;
        _retention = new TierLifetime(options.VersionRetention);
    }

    /// <inheritdoc/>
    public TierReach Reach => TierReach.Shared;

    /// <inheritdoc/>
    public TimeSpan VersionRetention => _retention.Absolute!.Value;

    /// <inheritdoc/>
    public async ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken)
    {
        ItemKey itemKey = _keys.Create(key);
        MemcachedConnection connection = await ConnectAsync(itemKey, cancellationToken).ConfigureAwait(false);
        ItemReply reply = await connection.Profile.Dialect.ReadAsync(
            connection, itemKey.Wire, withVersion: false, cancellationToken).ConfigureAwait(false);
        long now = Now(connection);
        TierEntry entry = Open(reply, itemKey, now, read, out ItemHeader header);
        if (entry.Found && read == TierRead.DataAndLifetime && header.IsSliding)
            await ExtendAsync(connection, itemKey, Expiration.For(header.Left(now), now), entry, cancellationToken).ConfigureAwait(false);
        return entry;
    }

    /// <inheritdoc/>
    public async ValueTask<TierEntry[]> ReadManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var entries = new TierEntry[keys.Count];
        try
        {
            await Task.WhenAll(
                keys.Select((key, index) => (Key: _keys.Create(key), Index: index))
                    .GroupBy(k => _ring.OwnerOf(k.Key.Wire))
                    .SelectMany(owned => owned.Chunk(KeysPerCommand).Select(chunk => ReadChunkAsync(_servers[owned.Key], chunk))))
                .ConfigureAwait(false);
            return entries;
        }
        catch
        {
            foreach (TierEntry entry in entries)
                entry.Dispose();
            throw;
        }

        async Task ReadChunkAsync(MemcachedServer server, (ItemKey Key, int Index)[] chunk)
        {
            MemcachedConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
            ItemReply[] replies = await connection.Profile.Dialect.ReadManyAsync(
                connection, Array.ConvertAll(chunk, k => k.Key.Wire), cancellationToken).ConfigureAwait(false);
            long now = Now(connection);
            for (int i = 0; i < chunk.Length; i++)
                entries[chunk[i].Index] = Open(replies[i], chunk[i].Key, now, TierRead.Data, out _);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="EntryTooLargeException">The entry is too large. The key has been removed, lest an older value outlive this
    /// one.</exception>
    public async ValueTask<EntryVersion> WriteAsync(
        string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken)
    {
        ItemKey itemKey = _keys.Create(key);
        MemcachedConnection connection = await ConnectAsync(itemKey, cancellationToken).ConfigureAwait(false);
        try
        {
            StoreReply reply = await StoreAsync(
                connection, ItemRequest(connection, itemKey, data, lifetime), cancellationToken).ConfigureAwait(false);
            return connection.Profile.ToVersion(reply.Cas);
        }
        catch (EntryTooLargeException)
        {
            await StoreAsync(connection, TombstoneRequest(connection, itemKey), cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken)
    {
        ItemKey itemKey = _keys.Create(key);
        MemcachedConnection connection = await ConnectAsync(itemKey, cancellationToken).ConfigureAwait(false);
        StoreReply reply = await StoreAsync(connection, TombstoneRequest(connection, itemKey), cancellationToken).ConfigureAwait(false);
        return connection.Profile.ToVersion(reply.Cas);
    }

    /// <inheritdoc/>
    public async ValueTask<EntryVersion[]> RemoveManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var versions = new EntryVersion[keys.Count];
        foreach (int[] chunk in Enumerable.Range(0, keys.Count).Chunk(KeysPerCommand))
        {
            await Task.WhenAll(chunk.Select(async i =>
                versions[i] = await RemoveAsync(keys[i], cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        }
        return versions;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// An entry that has ended but still lies on the server, where it may vanish any second, is replaced by a tombstone: its version then
    /// outlasts the computation that asked for it.
    /// </remarks>
    /// <exception cref="MemcachedServerException">The server runs without CAS (its option <c>-C</c>).</exception>
    public async ValueTask<EntryVersion> ReadVersionAsync(string key, CancellationToken cancellationToken)
    {
        const int Attempts = 3;
        ItemKey itemKey = _keys.Create(key);
        MemcachedConnection connection = await ConnectAsync(itemKey, cancellationToken).ConfigureAwait(false);
        for (int attempt = 1; ; attempt++)
        {
            using ItemReply item = await connection.Profile.Dialect.ReadAsync(
                connection, itemKey.Wire, withVersion: true, cancellationToken).ConfigureAwait(false);
            if (!item.Found)
            {
                StoreReply mark = await StoreAsync(
                    connection, TombstoneRequest(connection, itemKey) with { Mode = StoreMode.Add }, cancellationToken).ConfigureAwait(false);
                if (mark.Cas != 0)
                    return connection.Profile.ToVersion(mark.Cas);
                if (attempt == Attempts)
                    throw new MemcachedServerException("The key appears and disappears again while its version is being read.");
                continue;
            }
            if (item.Cas == 0)
                throw new MemcachedServerException("The server runs without CAS (option -C), which conditional writes need.");
            bool ended = ItemHeader.TryRead(item.Body!.Memory.Span, itemKey, out ItemHeader header, out _)
                && header.HasEnded(Now(connection));
            if (!ended || attempt == Attempts)
                return connection.Profile.ToVersion(item.Cas);
            StoreReply tombstone = await StoreAsync(
                connection,
                TombstoneRequest(connection, itemKey) with { Mode = StoreMode.CompareAndSwap, Cas = item.Cas },
                cancellationToken).ConfigureAwait(false);
            if (tombstone.Cas != 0)
                return connection.Profile.ToVersion(tombstone.Cas);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="EntryTooLargeException">The entry is too large.</exception>
    public async ValueTask<EntryVersion?> WriteIfUnchangedAsync(
        string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, EntryVersion expected, CancellationToken cancellationToken)
    {
        ItemKey itemKey = _keys.Create(key);
        MemcachedConnection connection = await ConnectAsync(itemKey, cancellationToken).ConfigureAwait(false);
        StoreRequest request = ItemRequest(connection, itemKey, data, lifetime);
        if (expected.IsNone)
            request = request with { Mode = StoreMode.Add };
        else if (connection.Profile.ToCas(expected) is { } cas)
            request = request with { Mode = StoreMode.CompareAndSwap, Cas = cas };
        else
            return null;
        StoreReply reply = await StoreAsync(connection, request, cancellationToken).ConfigureAwait(false);
        return reply.Outcome == StoreOutcome.Stored ? connection.Profile.ToVersion(reply.Cas) : null;
    }

    /// <inheritdoc/>
    public async ValueTask RefreshAsync(string key, CancellationToken cancellationToken)
    {
        ItemKey itemKey = _keys.Create(key);
        MemcachedConnection connection = await ConnectAsync(itemKey, cancellationToken).ConfigureAwait(false);
        ItemReply item = await connection.Profile.Dialect.LookAsync(connection, itemKey.Wire, cancellationToken).ConfigureAwait(false);

        // The absolute end needs no care here: it is in the item's header, which every read obeys.
        if (item.Found && ItemFlags.WindowSeconds(item.Flags) is { } window)
            await TouchAsync(connection, itemKey, Expiration.For(window, Now(connection)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks every server for its statistics.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>One report per server in the order of the options; a server that does not answer reports its fault.</returns>
    public async ValueTask<IReadOnlyList<MemcachedServerStatistics>> GetServerStatisticsAsync(CancellationToken cancellationToken)
    {
        return await Task.WhenAll(_servers.Select(AskAsync)).ConfigureAwait(false);

        async Task<MemcachedServerStatistics> AskAsync(MemcachedServer server)
        {
            try
            {
                MemcachedConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
                return new(server.Name, await connection.ExecuteAsync(new StatisticsCommand(), cancellationToken).ConfigureAwait(false));
            }
            catch (MemcachedException fault)
            {
                return new(server.Name, new Dictionary<string, string>(), fault);
            }
        }
    }

    /// <summary>Closes all connections; operations under way fail with a <see cref="MemcachedConnectionException"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (MemcachedServer server in _servers)
            await server.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Makes an entry of a reply, which it takes over: missing if the body is no item of this key, or one that has
    /// ended.</summary>
    private static TierEntry Open(ItemReply reply, in ItemKey key, long now, TierRead read, out ItemHeader header)
    {
        if (reply.Body is { } body && ItemHeader.TryRead(body.Memory.Span, key, out header, out int length) && !header.HasEnded(now))
            return new TierEntry(body.Memory[length..], body, read == TierRead.DataAndLifetime ? header.Left(now) : null);
        reply.Dispose();
        header = default;
        return TierEntry.Missing;
    }

    private ValueTask<MemcachedConnection> ConnectAsync(in ItemKey key, CancellationToken cancellationToken) =>
        _servers[_ring.OwnerOf(key.Wire)].ConnectAsync(cancellationToken);

    /// <summary>The server's time in UTC ticks.</summary>
    private long Now(MemcachedConnection connection) => (_time.GetUtcNow() + connection.Profile.ClockOffset).Ticks;

    private StoreRequest ItemRequest(MemcachedConnection connection, in ItemKey key, ReadOnlyMemory<byte> data, TierLifetime lifetime)
    {
        long now = Now(connection);
        return new StoreRequest
        {
            Key = key.Wire,
            Flags = ItemFlags.For(lifetime),
            Expiration = Expiration.For(lifetime, now),
            Header = ItemHeader.Starting(lifetime, now).ToBytes(key, data.Span),
            Data = data,
        };
    }

    private StoreRequest TombstoneRequest(MemcachedConnection connection, in ItemKey key) =>
        new() { Key = key.Wire, Flags = ItemFlags.Tombstone, Expiration = Expiration.For(_retention, Now(connection)) };

    private Task<StoreReply> StoreAsync(MemcachedConnection connection, StoreRequest request, CancellationToken cancellationToken)
    {
        long size = request.Key.Length + (long)request.BodyLength + ServerOverhead;
        return size <= _maximumItemBytes
            ? connection.Profile.Dialect.StoreAsync(connection, request, cancellationToken)
            : throw new EntryTooLargeException(size, _maximumItemBytes);
    }

    private async Task ExtendAsync(
        MemcachedConnection connection, ItemKey key, long expiration, TierEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            await TouchAsync(connection, key, expiration, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            entry.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Sets the expiration time of whatever is there by now. If that is the tombstone of a removal in between, its time is put right again,
    /// for it has to stay as long as promised; of a live item the header knows the true end.
    /// </summary>
    private async Task TouchAsync(MemcachedConnection connection, ItemKey key, long expiration, CancellationToken cancellationToken)
    {
        ItemReply touched = await connection.Profile.Dialect.TouchAsync(
            connection, key.Wire, expiration, cancellationToken).ConfigureAwait(false);
        if (touched is { Found: true, Flags: ItemFlags.Tombstone })
        {
            await StoreAsync(
                connection,
                TombstoneRequest(connection, key) with { Mode = StoreMode.CompareAndSwap, Cas = touched.Cas },
                cancellationToken).ConfigureAwait(false);
        }
    }
}
