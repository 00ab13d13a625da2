namespace HybridTiered.Memcached.Connections;

/// <summary>The connections to one server. They are opened when first needed, and again after they ended.</summary>
internal sealed class MemcachedServer : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly ConnectionSettings _settings;
    private readonly MemcachedConnection?[] _connections;
    private uint _turn;

    // Under the lock.
    private readonly Task<MemcachedConnection>?[] _opening;
    private readonly ReconnectBackoff _backoff;
    private bool _disposed;

    public MemcachedServer(ConnectionSettings settings)
    {
        _settings = settings;
        _connections = new MemcachedConnection?[settings.Options.ConnectionsPerServer];
        _opening = new Task<MemcachedConnection>?[_connections.Length];
        _backoff = new ReconnectBackoff(settings.Time, Random.Shared.NextDouble);
        Name = settings.Server.ToString();
    }

    public string Name { get; }

    /// <summary>A connection, all of them in turn.</summary>
    /// <exception cref="MemcachedConnectionException">There is none and none can be had; thrown at once while a server is left alone that
    /// could not be reached.</exception>
    public ValueTask<MemcachedConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        int turn = (int)(Interlocked.Increment(ref _turn) % (uint)_connections.Length);
        return Volatile.Read(ref _connections[turn]) is { IsBroken: false } open
            ? new(open)
            : new(OpenAsync(turn).WaitAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Task[] opening;
        lock (_lock)
        {
            _disposed = true;
            opening = [.. _opening.OfType<Task>()];
        }
        await Task.WhenAll(opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (MemcachedConnection connection in _connections.OfType<MemcachedConnection>())
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    private Task<MemcachedConnection> OpenAsync(int turn)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(MemcachedTier));
            if (_connections[turn] is { IsBroken: false } open)
                return Task.FromResult(open);
            if (_opening[turn] is { } underWay)
                return underWay;
            if (_backoff.IsActive)
            {
                return Array.Find(_connections, c => c is { IsBroken: false }) is { } other
                    ? Task.FromResult(other)
                    : Task.FromException<MemcachedConnection>(new MemcachedConnectionException(
                        $"Server {Name}: left alone for a moment since it could not be reached.", _backoff.Failure));
            }

            // The connection outlives the operation that needed it first and must not carry that one's ambient context along.
            Task<MemcachedConnection> opening;
            using (ExecutionContext.SuppressFlow())
                opening = Task.Run(() => OpenSharedAsync(turn));

            // Should all who wait for it leave, its fault is nobody's and no reason to alarm the process.
            opening.ContinueWith(static t => t.Exception, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously);
            return _opening[turn] = opening;
        }
    }

    private async Task<MemcachedConnection> OpenSharedAsync(int turn)
    {
        try
        {
            MemcachedConnection connection = await MemcachedConnection.OpenAsync(_settings).ConfigureAwait(false);
            lock (_lock)
            {
                _backoff.Succeed();
                _opening[turn] = null;
                Volatile.Write(ref _connections[turn], connection);
            }
            return connection;
        }
        catch (MemcachedConnectionException fault)
        {
            lock (_lock)
            {
                _backoff.Fail(fault);
                _opening[turn] = null;
            }
            throw;
        }
    }
}
