using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using HybridTiered.Entries;
using HybridTiered.Redis.Connections;
using HybridTiered.Tiers;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tiers;

/// <summary>
/// The shared tier on Redis. An entry is a hash at <see cref="RedisTierOptions.InstanceName"/> + key with the fields of Microsoft's RedisCache
/// (<c>absexp</c>, <c>sldexp</c>, <c>data</c>), so either can read what the other wrote, and one of its own: <c>ver</c>, the entry's version.
/// </summary>
/// <remarks>
/// <para>
/// A version is the server's time in microseconds, or the previous version + 1 if that is more; that of a conditional write is the expected version + 1, or the latest of the server's
/// times that this tier has heard of, if that is more (Lamport, "Time, clocks, and the ordering of events in a distributed system", CACM 1978). A removal leaves a hash with <c>ver</c> alone for
/// <see cref="VersionRetention"/>; RedisCache, like this tier, takes it for missing. Every write is one small script on one key; the data of a large one goes
/// around the script, by HSET in the same transaction.
/// </para>
/// <para>
/// RedisCache does not know versions: what it writes or removes leaves <c>ver</c> as it was or takes it away with the key, so a computation that was under way
/// here may still be stored over it. And what it writes without any expiration over the remains of a removal keeps their time to live.
/// Both end when the last instance has moved. Keys whose entry ended by itself are forgotten with their version.
/// </para>
/// <para>Removal by pattern needs SCAN on every primary; in a cluster all of them have to be reachable.</para>
/// </remarks>
public sealed partial class RedisTier : IConditionalTier, IBulkTier, IPatternTier, IRefreshableTier, ITagTimeTier
{
    // Nothing lives longer, and the end of what does could leave the range of dates that RedisCache can read.
    private static readonly TimeSpan Endless = TimeSpan.FromDays(365_000);

    private static readonly RedisValue DataField = "data"u8.ToArray();
    private static readonly RedisValue[] TouchWithData = [1];
    private static readonly RedisValue[] TouchOnly = [0];

    // Beyond it numbers would no longer be exact in Lua; no server's time gets there before the year 2255.
    private const long GreatestVersion = 9_000_000_000_000_000;

    private readonly RedisConnection _connection;
    private readonly TimeProvider _time;
    private readonly RedisKeyspace _keys;
    private readonly RedisValue[] _removeArguments;
    private readonly int _batchSize;
    private long _serverTime;

    /// <summary>Creates the tier; touches no server.</summary>
    /// <param name="connection">The connection, which others may share; it is not disposed with the tier.</param>
    /// <param name="options">How to keep entries; read once.</param>
    /// <param name="time">The clock by which <c>absexp</c> is told, which nothing depends on unless there is a sliding window, and then it is the server's; the system's by default.</param>
    /// <exception cref="ArgumentException">The options cannot work; the message names each defect.</exception>
    public RedisTier(RedisConnection connection, RedisTierOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        OptionDefects.ThrowIfAny(options.Validate(), nameof(options));
        _connection = connection;
        _time = time ?? TimeProvider.System;
        _keys = new RedisKeyspace(options.InstanceName);
        _batchSize = options.BatchSize;
        VersionRetention = options.VersionRetention;
        _removeArguments = [(long)options.VersionRetention.TotalMilliseconds];
    }

    /// <inheritdoc/>
    public TierReach Reach => TierReach.Shared;

    /// <inheritdoc/>
    public TimeSpan VersionRetention { get; }

    /// <inheritdoc/>
    public ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return read == TierRead.Data ? ReadDataAsync(key, cancellationToken) : ReadAndTouchAsync(key, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken) =>
        StoreAsync(RedisTierScripts.Write, key, data, lifetime, expected: null, cancellationToken);

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<EntryVersion?> WriteIfUnchangedAsync(
        string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, EntryVersion expected, CancellationToken cancellationToken)
    {
        if (expected.Value > GreatestVersion)
            return null;
        EntryVersion version = await StoreAsync(RedisTierScripts.WriteIfUnchanged, key, data, lifetime, expected, cancellationToken).ConfigureAwait(false);
        return version.IsNone ? null : version;
    }

    /// <inheritdoc/>
    public async ValueTask RaiseTagTimeAsync(string recordKey, long utcTicks, TierLifetime lifetime, CancellationToken cancellationToken)
    {
        var time = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(time, utcTicks);
        await StoreAsync(RedisTierScripts.RaiseTagTime, recordKey, time, lifetime, expected: null, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<EntryVersion> ReadVersionAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        RedisResult version = await RedisTierScripts.Mark.EvaluateAsync(database, [_keys[key]], _removeArguments)
            .OrCancelled(cancellationToken).ConfigureAwait(false);
        EntryVersion read = ToVersion(version);
        // What a key had already is a number.
        if (version.Resp2Type != ResultType.Integer)
            NoteServerTime(read);
        return read;
    }

    /// <inheritdoc/>
    public async ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        RedisResult version = await RemoveAsync(database, _keys[key]).OrCancelled(cancellationToken).ConfigureAwait(false);
        return ToVersion(version);
    }

    /// <inheritdoc/>
    public async ValueTask RefreshAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        await RedisTierScripts.Touch.EvaluateAsync(database, [_keys[key]], TouchOnly).OrCancelled(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does nothing: the connection belongs to whoever made it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // One field by one command, received into a pooled buffer. The pooled builder spares the box of the state machine, as this path runs for every hit.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TierEntry> ReadDataAsync(string key, CancellationToken cancellationToken)
    {
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        return ToEntry(await database.HashGetLeaseAsync(_keys[key], DataField).OrCancelled(cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask<TierEntry> ReadAndTouchAsync(string key, CancellationToken cancellationToken)
    {
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        RedisResult answer = await RedisTierScripts.Touch.EvaluateAsync(database, [_keys[key]], TouchWithData)
            .OrCancelled(cancellationToken).ConfigureAwait(false);
        if (answer.IsNull)
            return TierEntry.Missing;
        long left = (long)answer[1];
        long window = (long)answer[2];
        return new TierEntry((byte[])answer[0]!, lifetime: new TierLifetime(
            left > 0 ? TimeSpan.FromMilliseconds(left) : null,
            window > 0 ? TimeSpan.FromTicks(window) : null));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<EntryVersion> StoreAsync(
        RedisScript script, string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, EntryVersion? expected, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        RedisKey fullKey = _keys[key];
        RedisValue next = expected is { IsNone: false } seen ? VersionAfter(seen, database, fullKey) : 0;
        RedisValue[] arguments = StoreArguments(data, lifetime, expected, next);
        // After a cancelled wait or a time-out the command may still lie in the client's queue. The contract lets it: the bytes stay as they are unless this ends well.
        return data.Length >= LeastLarge
            ? await SendLargeAsync(database, script, fullKey, data, arguments, isConditional: expected is not null).OrCancelled(cancellationToken).ConfigureAwait(false)
            : ToVersion(await script.EvaluateAsync(database, [fullKey], arguments).OrCancelled(cancellationToken).ConfigureAwait(false));
    }

    private RedisValue[] StoreArguments(RedisValue data, TierLifetime lifetime, EntryVersion? expected, RedisValue next)
    {
        TimeSpan? absolute = lifetime.Absolute < Endless ? lifetime.Absolute : null;
        TimeSpan? sliding = lifetime.Sliding < Endless ? lifetime.Sliding : null;
        RedisValue version = expected?.Value ?? 0;
        RedisValue end = absolute is { } left ? (_time.GetUtcNow() + left).Ticks : -1;
        return sliding is { } window
            ? [data, version, next, Milliseconds(new TierLifetime(absolute, sliding).UntilUnread), end, window.Ticks, Milliseconds(absolute)]
            : [data, version, next, Milliseconds(absolute), end];
    }

    // A removal by pattern knows by the version what was written after it began: so this one is not to lie further back than it must. Later than the server's time it is not either,
    // for that goes on by more than one between an answer and the next command.
    private RedisValue VersionAfter(EntryVersion expected, IDatabase database, RedisKey key)
    {
        long next = expected.Value + 1;
        // The servers of a cluster have a time each.
        return database.Multiplexer.IsSharded(key) ? next : Math.Max(next, Volatile.Read(ref _serverTime) + 1);
    }

    // Only what is the server's time: the version of a key may be ahead of it, and no other key is to follow there. The last that was told, not the greatest: a server that takes
    // over may be behind. Of two notes at once either may stay.
    private void NoteServerTime(EntryVersion time) => Volatile.Write(ref _serverTime, time.Value);

    private static EntryVersion ToVersion(RedisResult answer) => new((long)answer);

    // Never longer than asked for, but not nothing either.
    private static long Milliseconds(TimeSpan? span) => span is { } s ? Math.Max(1, (long)s.TotalMilliseconds) : -1;

    private static TierEntry ToEntry(Lease<byte>? lease) => lease is null ? TierEntry.Missing : new TierEntry(lease.Memory, lease);

    private ValueTask<RedisResult> RemoveAsync(IDatabase database, RedisKey key) => RedisTierScripts.Remove.EvaluateAsync(database, [key], _removeArguments);
}
