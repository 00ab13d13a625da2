using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using HybridTiered.Redis.Connections;
using StackExchange.Redis;

namespace HybridTiered.Redis.Streams;

/// <summary>Event streams on Redis Streams. Claiming needs Redis 6.2 or later, everything else 5.</summary>
/// <remarks>
/// All callers share one connection, on which a blocking read would hold up the others; so an enumeration asks again after pauses that grow while nothing comes.
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "A stream in the sense of Redis Streams, and of the word among people who publish events.")]
public sealed class RedisEventStream : IEventStream
{
    private const string GroupExists = "BUSYGROUP";

    private readonly RedisConnection _connection;
    private readonly RedisEventStreamOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Creates the streams; touches no server.</summary>
    /// <param name="connection">The connection, which others may share.</param>
    /// <param name="options">How to keep and read; not to be changed any more.</param>
    /// <param name="time">The clock for pauses; the system's by default.</param>
    /// <exception cref="ArgumentException">The options cannot work; the message names each defect.</exception>
    public RedisEventStream(RedisConnection connection, RedisEventStreamOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        OptionDefects.ThrowIfAny(options.Validate(), nameof(options));
        _connection = connection;
        _options = options;
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public async ValueTask<EventId> PublishAsync(string stream, IReadOnlyList<EventField> fields, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Count == 0)
            throw new ArgumentException("The event has no field; it must have one at least.", nameof(fields));
        // A copy, as after a cancelled wait the command may still lie in the client's queue.
        var entries = new NameValueEntry[fields.Count];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = new NameValueEntry(fields[i].Name, fields[i].Value.ToArray());
        IDatabase database = await DatabaseAsync(stream, cancellationToken).ConfigureAwait(false);
        RedisValue id = await database.StreamAddAsync(Key(stream), entries, messageId: null, _options.MaximumLength, useApproximateMaxLength: true)
            .OrCancelled(cancellationToken).ConfigureAwait(false);
        return EventId.Parse(id!);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StreamEvent>> ReadLatestAsync(string stream, int maximum, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximum, 1);
        IDatabase database = await DatabaseAsync(stream, cancellationToken).ConfigureAwait(false);
        return ToEvents(await database.StreamRangeAsync(Key(stream), count: maximum, messageOrder: Order.Descending)
            .OrCancelled(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StreamEvent> ReadAfterAsync(
        string stream, EventId after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IDatabase database = await DatabaseAsync(stream, cancellationToken).ConfigureAwait(false);
        TimeSpan pause = _options.ShortestPause;
        while (true)
        {
            StreamEvent[] page = ToEvents(await database.StreamReadAsync(Key(stream), after.ToString(), _options.PageSize)
                .OrCancelled(cancellationToken).ConfigureAwait(false));
            foreach (StreamEvent read in page)
            {
                after = read.Id;
                yield return read;
            }
            if (page.Length > 0)
            {
                pause = _options.ShortestPause;
                continue;
            }
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < _options.LongestPause ? pause * 2 : _options.LongestPause;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> CreateGroupAsync(string stream, string group, EventId after, CancellationToken cancellationToken = default)
    {
        IDatabase database = await DatabaseAsync(stream, cancellationToken).ConfigureAwait(false);
        try
        {
            return await database.StreamCreateConsumerGroupAsync(Key(stream), group, after.ToString(), createStream: true)
                .OrCancelled(cancellationToken).ConfigureAwait(false);
        }
        catch (RedisServerException ex) when (ex.Message.StartsWith(GroupExists, StringComparison.Ordinal))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StreamEvent>> ReadGroupAsync(
        string stream, string group, string consumer, int maximum, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximum, 1);
        IDatabase database = await DatabaseAsync(stream, cancellationToken).ConfigureAwait(false);
        return ToEvents(await database.StreamReadGroupAsync(Key(stream), group, consumer, StreamPosition.NewMessages, maximum)
            .OrCancelled(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask<long> AcknowledgeAsync(string stream, string group, IReadOnlyList<EventId> ids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Count == 0)
            return 0;
        IDatabase database = await DatabaseAsync(stream, cancellationToken).ConfigureAwait(false);
        return await database.StreamAcknowledgeAsync(Key(stream), group, [.. ids.Select(id => (RedisValue)id.ToString())])
            .OrCancelled(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StreamEvent>> ClaimStaleAsync(
        string stream, string group, string consumer, TimeSpan idleFor, int maximum, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximum, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(idleFor, TimeSpan.Zero);
        IDatabase database = await DatabaseAsync(stream, cancellationToken).ConfigureAwait(false);
        StreamAutoClaimResult claimed = await database.StreamAutoClaimAsync(
            Key(stream), group, consumer, (long)idleFor.TotalMilliseconds, StreamPosition.Beginning, maximum).OrCancelled(cancellationToken).ConfigureAwait(false);
        return ToEvents(claimed.ClaimedEntries);
    }

    private static StreamEvent[] ToEvents(StreamEntry[] entries) =>
        Array.ConvertAll(entries, entry => new StreamEvent(
            EventId.Parse(entry.Id!),
            Array.ConvertAll(entry.Values, field => new EventField(field.Name!, (byte[])field.Value!))));

    private RedisKey Key(string stream) => _options.Prefix + stream;

    private ValueTask<IDatabase> DatabaseAsync(string stream, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        return _connection.GetDatabaseAsync(cancellationToken);
    }
}
