using System.Net.Sockets;
using HybridTiered.Memcached.Protocol;

namespace HybridTiered.Memcached.Connections;

/// <summary>One connection, shared by any number of callers at a time.</summary>
/// <remarks>
/// <list type="number">
/// <item>Callers append their commands to a buffer under the lock and queue up for the answers in the same step, so both have one
/// order.</item>
/// <item>Whoever finds nobody sending sends, and what others append meanwhile goes out together in the next round.</item>
/// <item>One loop reads the answers and hands each to the head of the queue.</item>
/// <item>A fault of any kind ends the connection: every queued command fails once, and the owner opens another connection. Nothing is sent
/// twice.</item>
/// </list>
/// </remarks>
internal sealed class MemcachedConnection : IAsyncDisposable
{
    /// <summary>Callers wait before they add to more unsent bytes than this.</summary>
    private const int UnsentLimit = 1024 * 1024;

    /// <summary>After so many rounds a caller stops sending for the others on its own time.</summary>
    private const int RoundsOnCaller = 4;

    /// <summary>What a server may put on top of an item that counts as the largest allowed one.</summary>
    private const int BlockAllowance = 1024;

    private readonly Lock _lock = new();
    private readonly ConnectionSettings _settings;
    private readonly Socket _socket;
    private readonly string _serverName;
    private readonly Queue<PendingCommand> _awaitingReply = new();
    private readonly ITimer _watch;
    private readonly Task _reading;

    // Under the lock.
    private CommandBuffer _unsent = new();
    private CommandBuffer _spare = new();
    private uint _nextOpaque;
    private bool _sending;
    private TaskCompletionSource? _room;
    private Exception? _fault;

    private MemcachedConnection(ConnectionSettings settings, Socket socket)
    {
        _settings = settings;
        _socket = socket;
        _serverName = settings.Server.ToString();
        TimeSpan interval = settings.Options.OperationTimeout / 4;
        _watch = settings.Time.CreateTimer(static c => ((MemcachedConnection)c!).EndIfLate(), this, interval, interval);
        _reading = ReadRepliesAsync();
    }

    /// <summary>What was learned of the server when the connection was opened.</summary>
    public ServerProfile Profile { get; private set; } = null!;

    public bool IsBroken => Volatile.Read(ref _fault) is not null;

    /// <summary>Connects and learns what the server can do.</summary>
    /// <exception cref="MemcachedConnectionException">The server cannot be reached or does not behave like one.</exception>
    public static async Task<MemcachedConnection> OpenAsync(ConnectionSettings settings)
    {
        using var timeout = new CancellationTokenSource(settings.Options.ConnectTimeout, settings.Time);
        MemcachedConnection? connection = null;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(settings.Server.Host, settings.Server.Port, timeout.Token).ConfigureAwait(false);
            connection = new MemcachedConnection(settings, socket);
            await connection.LearnAsync(timeout.Token).ConfigureAwait(false);
            return connection;
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException or MemcachedException)
        {
            socket.Dispose();
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            if (fault is MemcachedConnectionException)
                throw;
            Exception cause = fault is OperationCanceledException
                ? new TimeoutException($"No connection within {settings.Options.ConnectTimeout}.")
                : fault;
            throw new MemcachedConnectionException($"Server {settings.Server}: cannot be reached. {cause.Message}", cause);
        }
    }

    /// <summary>Sends a command and waits for its answer.</summary>
    /// <exception cref="MemcachedConnectionException">The connection ended before the answer had come.</exception>
    /// <exception cref="MemcachedServerException">The server answered that it cannot carry the command out.</exception>
    public async Task<T> ExecuteAsync<T>(PendingCommand<T> command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (TryEnqueue(command) is { } room)
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await command.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes the connection; what is under way fails.</summary>
    public async ValueTask DisposeAsync()
    {
        End(new ObjectDisposedException(nameof(MemcachedTier)));
        await _reading.ConfigureAwait(false);
    }

    /// <returns><see langword="null"/>, or what to wait for before trying again.</returns>
    private Task? TryEnqueue(PendingCommand command)
    {
        bool startSending;
        lock (_lock)
        {
            if (_fault is not null)
                throw Broken(_fault);
            if (_unsent.Length > UnsentLimit)
                return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            int before = _unsent.Length;
            try
            {
                command.WriteTo(_unsent, _nextOpaque);
            }
            catch
            {
                _unsent.Truncate(before);
                throw;
            }
            _nextOpaque = unchecked(_nextOpaque + command.OpaqueCount);
            command.SentAt = _settings.Time.GetTimestamp();
            _awaitingReply.Enqueue(command);
            startSending = !_sending;
            _sending = true;
        }
        if (startSending)
            _ = SendAsync();
        return null;
    }

    private async Task SendAsync()
    {
        try
        {
            for (int round = 1; ; round++)
            {
                if (TakeUnsent() is not { } batch)
                    return;
                for (ReadOnlyMemory<byte> rest = batch.Written; !rest.IsEmpty;)
                    rest = rest[await _socket.SendAsync(rest, SocketFlags.None).ConfigureAwait(false)..];
                batch.Clear();
                if (round % RoundsOnCaller == 0)
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            }
        }
        catch (Exception fault)
        {
            // Whatever it is, it goes to everybody who waits.
            End(fault);
        }
    }

    /// <summary>Takes what is unsent, or ends the sending if there is nothing.</summary>
    private CommandBuffer? TakeUnsent()
    {
        TaskCompletionSource? room;
        CommandBuffer batch;
        lock (_lock)
        {
            if (_unsent.Length == 0 || _fault is not null)
            {
                _sending = false;
                return null;
            }
            batch = _unsent;
            (_unsent, _spare) = (_spare, batch);
            (room, _room) = (_room, null);
        }
        room?.SetResult();
        return batch;
    }

    private async Task ReadRepliesAsync()
    {
        var reader = new ReplyReader(_socket);
        long blockLimit = _settings.Options.MaximumItemBytes + (long)BlockAllowance;
        try
        {
            while (true)
            {
                ReadOnlyMemory<byte> line = await reader.ReadLineAsync().ConfigureAwait(false);
                PendingCommand command = Head() ?? throw new MemcachedProtocolException("The server sent an answer to no question.");
                await reader.ReadAnswerAsync(command, line, blockLimit).ConfigureAwait(false);
                RemoveHead();
            }
        }
        catch (Exception fault)
        {
            // Whatever it is, it goes to everybody who waits.
            End(fault);
        }
    }

    private PendingCommand? Head()
    {
        lock (_lock)
            return _awaitingReply.TryPeek(out PendingCommand? command) ? command : null;
    }

    private void RemoveHead()
    {
        // The queue is empty if the connection was ended meanwhile.
        lock (_lock)
            _awaitingReply.TryDequeue(out _);
    }

    private void EndIfLate()
    {
        TimeSpan limit = _settings.Options.OperationTimeout;
        if (Head() is { } oldest && _settings.Time.GetElapsedTime(oldest.SentAt) >= limit)
            End(new TimeoutException($"No answer within {limit}."));
    }

    private void End(Exception fault)
    {
        PendingCommand[] abandoned;
        TaskCompletionSource? room;
        lock (_lock)
        {
            if (_fault is not null)
                return;
            Volatile.Write(ref _fault, fault);
            abandoned = [.. _awaitingReply];
            _awaitingReply.Clear();
            (room, _room) = (_room, null);
        }
        _watch.Dispose();
        _socket.Dispose();
        foreach (PendingCommand command in abandoned)
            command.Fail(Broken(fault));
        room?.SetResult();
    }

    /// <summary>An exception of its own for every caller, since each adds its stack to it.</summary>
    private MemcachedConnectionException Broken(Exception cause) =>
        new($"Server {_serverName}: the connection ended. {cause.Message}", cause);

    private async Task LearnAsync(CancellationToken cancellationToken)
    {
        Task<Version> version = ExecuteAsync(new VersionCommand(), cancellationToken);
        Task<Dictionary<string, string>> statistics = ExecuteAsync(new StatisticsCommand(), cancellationToken);
        await Task.WhenAll(version, statistics).ConfigureAwait(false);
        Profile = ServerProfile.For(
            _settings.Options.Protocol,
            await version.ConfigureAwait(false),
            await statistics.ConfigureAwait(false),
            _settings.Time.GetUtcNow());
    }
}
