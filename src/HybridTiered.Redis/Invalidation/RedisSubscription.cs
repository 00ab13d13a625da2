using HybridTiered.Invalidation;
using HybridTiered.Redis.Connections;
using StackExchange.Redis;

namespace HybridTiered.Redis.Invalidation;

/// <summary>
/// The subscription of one backplane, and the knowledge whether it is live. StackExchange.Redis subscribes again by itself after a lost connection but does
/// not say when the server has taken it. So a probe, a message to oneself on the channel itself, is sent until one comes back: from there on nothing is missed.
/// </summary>
/// <remarks>
/// Messages come one after the other from the client's queue, whose thread is lent to the receiver; so they are handed over without a lock. The receiver is told of the
/// connection under <see cref="_lock"/>. The state under it: not live, with the id of the probe awaited; or live, without.
/// An interruption while a probe is under way makes a new id, so that a probe from before it proves nothing.
/// </remarks>
internal sealed class RedisSubscription : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(5);

    private readonly IConnectionMultiplexer _multiplexer;
    private readonly RedisChannel _channel;
    private readonly IBackplaneReceiver _receiver;
    private readonly Func<byte[], Task> _publish;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _disposal = new();
    private readonly Lock _lock = new();
    private ChannelMessageQueue? _queue;
    private SubscriptionWatch? _watch;

    // All under _lock. The source is completed when either of the two before it changes.
    private bool _live;
    private Guid _awaitedProbe = Guid.NewGuid();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _recovery = Task.CompletedTask;
    private bool _started;

    // Until it is known which protocol is spoken, any connection may be the one that carries messages.
    private bool _sharesConnection = true;

    /// <param name="multiplexer">The connection.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="receiver">Who takes the messages.</param>
    /// <param name="publish">Publishes a frame on the way that messages take, so that in a cluster the probe proves the whole of it.</param>
    /// <param name="time">The clock for pauses.</param>
    public RedisSubscription(
        IConnectionMultiplexer multiplexer, RedisChannel channel, IBackplaneReceiver receiver, Func<byte[], Task> publish, TimeProvider time)
    {
        _multiplexer = multiplexer;
        _channel = channel;
        _receiver = receiver;
        _publish = publish;
        _time = time;
    }

    /// <summary>Subscribes, and returns when the subscription has proved to be live.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposal.Token);
        using var timeout = new CancellationTokenSource(StartTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation.Token, timeout.Token);
        // With RESP3 commands and messages share a connection, and the events name it after the commands.
        _watch = new SubscriptionWatch(_multiplexer, _channel, _time, type => type == ConnectionType.Subscription || Volatile.Read(ref _sharesConnection), OnInterrupted);
        try
        {
            _queue = await RedisSubscribing.SubscribeAsync(_multiplexer, _channel, _time, either.Token).ConfigureAwait(false);
            _queue.OnMessage(OnMessage);
            await ProbeUntilLiveAsync(recovers: false, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"No message came back over the channel within {StartTimeout.TotalSeconds} s; is the user permitted to publish and to subscribe there?");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _watch?.Dispose();
        await _disposal.CancelAsync().ConfigureAwait(false);
        Task recovery;
        lock (_lock)
            recovery = _recovery;
        await recovery.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_queue is not null)
            await _queue.UnsubscribeAsync(CommandFlags.FireAndForget).ConfigureAwait(false);
        _disposal.Dispose();
    }

    private void OnMessage(ChannelMessage received)
    {
        if (_disposal.IsCancellationRequested)
            return;
        ReadOnlyMemory<byte> frame = (byte[]?)received.Message;
        if (BackplaneFrame.TryReadMessage(frame, out ReceivedInvalidation message))
            _receiver.Receive(message);
        else if (BackplaneFrame.TryReadProbe(frame.Span, out Guid probe))
            TakeProbe(probe);
        else
            _receiver.ReceiveMalformed();
    }

    private void TakeProbe(Guid probe)
    {
        lock (_lock)
        {
            if (_disposal.IsCancellationRequested || probe != _awaitedProbe || _live)
                return;
            if (_started)
                _receiver.ConnectionRestored();
            _started = true;
            // Servers that are not connected count too: this one may just have been lost.
            Volatile.Write(ref _sharesConnection, Array.Exists(_multiplexer.GetServers(), server => server.Protocol == RedisProtocol.Resp3));
            _live = true;
            Changed_NeedsLock();
        }
    }

    private void OnInterrupted()
    {
        lock (_lock)
        {
            if (_disposal.IsCancellationRequested)
                return;
            _awaitedProbe = Guid.NewGuid();
            Changed_NeedsLock();
            if (!_live)
                return;
            _live = false;
            _receiver.ConnectionLost();
            _recovery = ProbeUntilLiveAsync(recovers: true, _disposal.Token);
        }
    }

    private void Changed_NeedsLock()
    {
        _changed.SetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    // The start ends with the first proof, whatever is lost after it: that is for the recovery.
    private async Task ProbeUntilLiveAsync(bool recovers, CancellationToken cancellationToken)
    {
        await Task.Yield();
        TimeSpan pause = FirstPause;
        while (true)
        {
            Guid probe;
            Task changed;
            lock (_lock)
            {
                if (recovers ? _live : _started)
                    return;
                probe = _awaitedProbe;
                changed = _changed.Task;
            }
            try
            {
                // The message may arrive although the answer never does.
                Task sent = _publish(BackplaneFrame.CreateProbe(probe));
                sent.Forget();
                await (await Task.WhenAny(sent, changed).WaitAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch (Exception ex) when ((recovers || changed.IsCompleted) && ex is RedisException or TimeoutException)
            {
                // The server is still away, which the receiver has been told; the next probe will find it back.
            }
            await ((Task)Task.WhenAny(changed, Task.Delay(pause, _time, cancellationToken))).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            pause = changed.IsCompleted ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
