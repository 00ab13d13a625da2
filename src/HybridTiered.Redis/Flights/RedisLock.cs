using HybridTiered.Flights;
using HybridTiered.Redis.Connections;
using StackExchange.Redis;

namespace HybridTiered.Redis.Flights;

/// <summary>
/// A lock per key on one Redis: <c>SET NX PX</c> with a random token, released by a script that compares the token
/// (https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/, "correct implementation with a single instance"). A release is also published,
/// so waiters need not poll; they do, ever more slowly, in case a message is lost.
/// </summary>
public sealed class RedisLock : IClusterLock, IAsyncDisposable
{
    private const string Release = """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('DEL', KEYS[1])
        redis.call('PUBLISH', ARGV[2], ARGV[3])
        return 1
        """;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly RedisConnection _connection;
    private readonly string _keyPrefix;
    private readonly RedisChannel _channel;
    private readonly TimeProvider _time;
    private readonly ReleaseWaiters _waiters = new();
    private readonly SemaphoreSlim _subscribing = new(1, 1);
    private ChannelMessageQueue? _releases;

    /// <summary>Creates the lock; touches no server.</summary>
    /// <param name="connection">The connection, which others may share; it is not disposed with the lock.</param>
    /// <param name="options">Names; read once.</param>
    /// <param name="time">The clock for pauses; the system's by default.</param>
    /// <exception cref="ArgumentException">The options cannot work; the message names each defect.</exception>
    public RedisLock(RedisConnection connection, RedisLockOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        OptionDefects.ThrowIfAny(options.Validate(), nameof(options));
        _connection = connection;
        _keyPrefix = options.Prefix + options.KeyMark;
        _channel = RedisChannel.Literal(options.Prefix + options.Channel);
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public async ValueTask<IAsyncDisposable?> TryAcquireAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, TimeSpan.FromMilliseconds(1));
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        var held = new HeldLock(this, database, key);
        try
        {
            return await database.StringSetAsync(_keyPrefix + key, held.Token, lifetime, When.NotExists).OrCancelled(cancellationToken).ConfigureAwait(false)
                ? held
                : null;
        }
        catch (OperationCanceledException)
        {
            // The lock may still be taken, for nobody; commands keep their order, so this gives it back.
            held.ReleaseUnawaited();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask WaitForReleaseAsync(string key, TimeSpan atMost, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        long start = _time.GetTimestamp();
        IDatabase database = await _connection.GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        await EnsureSubscribedAsync(cancellationToken).ConfigureAwait(false);
        // The signal is set up before the first look, so a release between the two is not missed.
        Task released = _waiters.Enter(key);
        try
        {
            for (TimeSpan pause = FirstPause; ; pause = Shorter(pause * 2, LongestPause))
            {
                TimeSpan? holds = await ReadTimeToLiveAsync(database, key).OrCancelled(cancellationToken).ConfigureAwait(false);
                TimeSpan left = atMost - _time.GetElapsedTime(start);
                if (holds is null || left <= TimeSpan.Zero)
                    return;
                using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                await Task.WhenAny(released, Task.Delay(Shorter(Shorter(pause, holds.Value), left), _time, waiting.Token)).ConfigureAwait(false);
                await waiting.CancelAsync().ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                if (released.IsCompleted)
                    return;
            }
        }
        finally
        {
            _waiters.Leave(key, released);
        }
    }

    /// <summary>Ends the subscription; locks that are held stay held, and the connection stays.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_releases is not null)
            await _releases.UnsubscribeAsync(CommandFlags.FireAndForget).ConfigureAwait(false);
        _subscribing.Dispose();
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>How long the lock still holds, at least a millisecond; nothing when nobody holds it.</summary>
    private async Task<TimeSpan?> ReadTimeToLiveAsync(IDatabase database, string key)
    {
        TimeSpan? left = await database.KeyTimeToLiveAsync(_keyPrefix + key).ConfigureAwait(false);
        return left is { } l && l < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left;
    }

    private async Task EnsureSubscribedAsync(CancellationToken cancellationToken)
    {
        if (_releases is not null)
            return;
        await _subscribing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_releases is not null)
                return;
            IConnectionMultiplexer multiplexer = await _connection.GetMultiplexerAsync(cancellationToken).ConfigureAwait(false);
            ChannelMessageQueue releases = await RedisSubscribing.SubscribeAsync(multiplexer, _channel, _time, cancellationToken).ConfigureAwait(false);
            releases.OnMessage(message => _waiters.Release(message.Message.ToString()));
            _releases = releases;
        }
        finally
        {
            _subscribing.Release();
        }
    }

    private sealed class HeldLock(RedisLock owner, IDatabase database, string key) : IAsyncDisposable
    {
        private bool _released;

        public RedisValue Token { get; } = Guid.NewGuid().ToByteArray();

        public async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _released, true))
                return;
            await ReleaseAsync(CommandFlags.None).ConfigureAwait(false);
        }

        public void ReleaseUnawaited() => _ = ReleaseAsync(CommandFlags.FireAndForget);

        private Task<RedisResult> ReleaseAsync(CommandFlags flags) =>
            database.ScriptEvaluateAsync(Release, [owner._keyPrefix + key], [Token, owner._channel.ToString(), key], flags);
    }
}
