using StackExchange.Redis;

namespace HybridTiered.Redis.Connections;

/// <summary>
/// The one connection that tier, backplane, lock and streams share. It is made when first needed, or when the cache that it belongs to is made: all who need it then wait for
/// the same attempt, and a failed attempt answers for <see cref="RedisConnectionOptions.RetryDelay"/> before the next one. Once made, StackExchange.Redis keeps it up.
/// </summary>
public sealed class RedisConnection : IAsyncDisposable
{
    private readonly RedisConnectionOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private volatile Connected? _connected;

    // The three under _lock.
    private Task<Connected>? _attempt;
    private long _attemptEnded;
    private bool _disposed;

    /// <summary>Prepares the connection; touches no server.</summary>
    /// <param name="options">Where Redis is.</param>
    /// <param name="time">The clock for <see cref="RedisConnectionOptions.RetryDelay"/>; the system's by default.</param>
    /// <exception cref="ArgumentException">The options cannot work; the message names each defect.</exception>
    public RedisConnection(RedisConnectionOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionDefects.ThrowIfAny(options.Validate(), nameof(options));
        _options = options;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Prepares a connection by URL or connection string; touches no server.</summary>
    /// <param name="connectionString">See <see cref="RedisConnectionOptions.ConnectionString"/>.</param>
    /// <exception cref="ArgumentException">The text cannot be read; it is not quoted.</exception>
    public RedisConnection(string connectionString)
        : this(new RedisConnectionOptions { ConnectionString = connectionString })
    {
    }

    /// <summary>The connection, made if there is none yet.</summary>
    /// <param name="cancellationToken">Cancels the wait, not the attempt: others may wait for it.</param>
    /// <exception cref="RedisConnectionException">Redis could not be reached, now or within the last <see cref="RedisConnectionOptions.RetryDelay"/>.</exception>
    /// <exception cref="ObjectDisposedException">The connection was disposed.</exception>
    public async ValueTask<IConnectionMultiplexer> GetMultiplexerAsync(CancellationToken cancellationToken) =>
        (_connected ?? await ConnectAsync(cancellationToken).ConfigureAwait(false)).Multiplexer;

    /// <summary>Closes the connection, unless it is the application's own.</summary>
    public async ValueTask DisposeAsync()
    {
        Connected? connected;
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
            connected = _connected;
            _connected = null;
            // An attempt under way closes what it opens: whoever ends the application does not wait for a server that says nothing.
            _attempt?.Forget();
        }
        if (connected is { IsOurs: true })
            await connected.Multiplexer.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Begins to connect, so that who needs the connection first waits the less. How it ends is told to those who need it. A connection of the application's own is left alone until then.
    /// </summary>
    internal void Begin()
    {
        if (_options.MultiplexerFactory is not null || _options.Multiplexer is not null)
            return;
        lock (_lock)
        {
            if (!_disposed)
                Attempt_NeedsLock().Forget();
        }
    }

    /// <summary>The database of the connection, without allocation once there is one.</summary>
    internal ValueTask<IDatabase> GetDatabaseAsync(CancellationToken cancellationToken)
    {
        return _connected is { } connected ? new ValueTask<IDatabase>(connected.Database) : ConnectFirstAsync();

        async ValueTask<IDatabase> ConnectFirstAsync() => (await ConnectAsync(cancellationToken).ConfigureAwait(false)).Database;
    }

    /// <summary>A copy of the settings, for a connection beside this one; <see langword="null"/> when a multiplexer was given.</summary>
    internal ConfigurationOptions? CopySettings() => ReadSettings()?.Clone();

    private ConfigurationOptions? ReadSettings()
    {
        if (_options.Configuration is not null || _options.ConnectionString is null)
            return _options.Configuration;
        return RedisConnectionString.TryParse(_options.ConnectionString, out ConfigurationOptions? configuration, out string? defect)
            ? configuration
            : throw new InvalidOperationException($"The connection string is not valid: {defect}.");
    }

    private Task<Connected> ConnectAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return Attempt_NeedsLock().OrCancelled(cancellationToken);
        }
    }

    private Task<Connected> Attempt_NeedsLock()
    {
        if (_attempt is null || (_attempt.IsFaulted && _time.GetElapsedTime(_attemptEnded) >= _options.RetryDelay))
        {
            // The connection outlives the caller whose turn it was, and must not keep that caller's ambient state.
            using AsyncFlowControl suppressed = ExecutionContext.SuppressFlow();
            _attempt = Task.Run(AttemptAsync, CancellationToken.None);
        }
        return _attempt;
    }

    private async Task<Connected> AttemptAsync()
    {
        try
        {
            (IConnectionMultiplexer multiplexer, bool isOurs) = await OpenAsync().ConfigureAwait(false);
            var connected = new Connected(multiplexer, multiplexer.GetDatabase(_options.Database), isOurs);
            lock (_lock)
            {
                if (!_disposed)
                    return _connected = connected;
            }
            if (isOurs)
                await multiplexer.DisposeAsync().ConfigureAwait(false);
            return connected;
        }
        finally
        {
            lock (_lock)
                _attemptEnded = _time.GetTimestamp();
        }
    }

    private async Task<(IConnectionMultiplexer Multiplexer, bool IsOurs)> OpenAsync()
    {
        if (_options.Multiplexer is { } given)
            return (given, false);
        if (_options.MultiplexerFactory is { } factory)
            return (await factory().ConfigureAwait(false), false);
        ConfigurationOptions settings = ReadSettings()!;
        await RefusalProbe.ThrowIfNobodyListensAsync(settings, _time).ConfigureAwait(false);
        return (await ConnectionMultiplexer.ConnectAsync(settings).ConfigureAwait(false), true);
    }

    private sealed record Connected(IConnectionMultiplexer Multiplexer, IDatabase Database, bool IsOurs);
}
