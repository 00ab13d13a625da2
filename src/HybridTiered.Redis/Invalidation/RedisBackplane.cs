using System.Buffers;
using HybridTiered.Invalidation;
using HybridTiered.Redis.Connections;
using StackExchange.Redis;

namespace HybridTiered.Redis.Invalidation;

/// <summary>
/// Carries invalidations over Redis Pub/Sub, keeps the last of them in a Redis stream, and tells the server's time. A message and its journal entry leave in one
/// step, so every message says where it stands in the journal, and a receiver sees when it has missed one.
/// </summary>
/// <remarks>
/// Needs Redis 5 or later; from 7 on it also notices entries that somebody deleted from the stream. For servers with access
/// control lists see <see cref="RedisPermissions"/>.
/// </remarks>
public sealed class RedisBackplane : IBackplane, IJournal, IClusterTime
{
    private readonly RedisConnection _connection;
    private readonly RedisBackplaneOptions _options;
    private readonly TimeProvider _time;
    private readonly RedisKey[] _stream;
    private readonly RedisChannel _channel;
    private RedisSubscription? _subscription;

    /// <summary>Creates the backplane; touches no server.</summary>
    /// <param name="connection">The connection, which others may share; it is not disposed with the backplane.</param>
    /// <param name="options">Names and bounds; not to be changed any more.</param>
    /// <param name="time">The clock for pauses between attempts; the system's by default.</param>
    /// <exception cref="ArgumentException">The options cannot work; the message names each defect.</exception>
    public RedisBackplane(RedisConnection connection, RedisBackplaneOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        OptionDefects.ThrowIfAny(options.Validate(), nameof(options));
        _connection = connection;
        _options = options;
        _time = time ?? TimeProvider.System;
        _stream = [options.Prefix + options.Stream];
        _channel = RedisChannel.Literal(options.Prefix + options.Channel);
    }

    /// <inheritdoc/>
    public bool LendsItsThread => true;

    /// <inheritdoc/>
    public async ValueTask<JournalId> PublishAsync(InvalidationMessage message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        InvalidationMessage withoutPayload = JournalEntry.WithoutPayload(message);
        ReadOnlyMemory<byte> journalled = Encode(withoutPayload);
        ReadOnlyMemory<byte> published = ReferenceEquals(message, withoutPayload) ? journalled : Encode(message);
        if (published.Length > _options.MaximumMessageBytes)
            published = journalled;

        RedisValue[] arguments = [_channel.ToString(), _options.JournalLength, journalled, published, .. JournalEntry.Describe(message)];
        return JournalEntry.ReadId(
            await database.ScriptEvaluateAsync(RedisBackplaneScripts.Publish, _stream, arguments).OrCancelled(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask SubscribeAsync(IBackplaneReceiver receiver, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        if (_subscription is not null)
            throw new InvalidOperationException("This backplane has its receiver already; make one for each cache.");
        IConnectionMultiplexer multiplexer = await _connection.GetMultiplexerAsync(cancellationToken).ConfigureAwait(false);
        var subscription = new RedisSubscription(multiplexer, _channel, receiver, PublishProbeAsync, _time);
        try
        {
            await subscription.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        _subscription = subscription;
    }

    /// <inheritdoc/>
    public async ValueTask<JournalId> ReadLastIdAsync(CancellationToken cancellationToken) =>
        (await ReadAsync(JournalId.None, 1, cancellationToken).ConfigureAwait(false)).LastGenerated;

    /// <inheritdoc/>
    public async ValueTask<JournalPage> ReadAfterAsync(JournalId after, int maximum, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximum, 1);
        // One more for the entry asked after, and one to see whether there are more.
        JournalStretch stretch = await ReadAsync(after, maximum + 2L, cancellationToken).ConfigureAwait(false);
        return stretch.PageAfter(after, maximum, _options.JournalLength);
    }

    /// <inheritdoc/>
    public async ValueTask<DateTimeOffset> ReadTimeAsync(CancellationToken cancellationToken)
    {
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        RedisResult time = await database.ScriptEvaluateAsync(RedisBackplaneScripts.Time, _stream).OrCancelled(cancellationToken).ConfigureAwait(false);
        return DateTimeOffset.UnixEpoch.AddSeconds((long)time[0]).AddMicroseconds((long)time[1]);
    }

    /// <summary>Ends the subscription; the connection stays.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _subscription, null)?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static ReadOnlyMemory<byte> Encode(InvalidationMessage message)
    {
        // Not pooled: after a time-out the command may still lie in the client's queue.
        var buffer = new ArrayBufferWriter<byte>();
        MessageCodec.Write(message, buffer);
        return buffer.WrittenMemory;
    }

    private async Task PublishProbeAsync(byte[] probe)
    {
        IDatabase database = await _connection.GetDatabaseAsync(CancellationToken.None).ConfigureAwait(false);
        await database.ScriptEvaluateAsync(RedisBackplaneScripts.PublishProbe, _stream, [_channel.ToString(), probe]).ConfigureAwait(false);
    }

    private async Task<JournalStretch> ReadAsync(JournalId from, long count, CancellationToken cancellationToken)
    {
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        return JournalStretch.From(await database.ScriptEvaluateAsync(RedisBackplaneScripts.Read, _stream, [from.ToString(), count])
            .OrCancelled(cancellationToken).ConfigureAwait(false));
    }
}
