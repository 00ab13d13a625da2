using StackExchange.Redis;

namespace HybridTiered.Redis.Connections;

/// <summary>
/// Tells whenever a subscription may have been interrupted. The client's own word for it, ConnectionFailed, does not always come: the client says it once until the connection is established
/// again, and may say it of the old connection when the new one is established already, whose loss is then passed over. So a connection that is established counts as well, for there was
/// none before it; and a look at a steady interval finds a connection that has gone and not come back.
/// </summary>
internal sealed class SubscriptionWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IConnectionMultiplexer _multiplexer;
    private readonly RedisChannel _channel;
    private readonly Func<ConnectionType, bool> _concerns;
    private readonly Action _interrupted;
    private readonly ITimer _timer;

    // As if it had been, so that what goes before the first look is noticed by it.
    private bool _wasConnected = true;

    /// <summary>Begins to watch.</summary>
    /// <param name="multiplexer">The connection.</param>
    /// <param name="channel">The channel that is, or is about to be, subscribed.</param>
    /// <param name="time">The clock for looks.</param>
    /// <param name="concerns">Which of the client's connections matter.</param>
    /// <param name="interrupted">Called at any time, from any thread, and once too often rather than once too seldom.</param>
    public SubscriptionWatch(IConnectionMultiplexer multiplexer, RedisChannel channel, TimeProvider time, Func<ConnectionType, bool> concerns, Action interrupted)
    {
        _multiplexer = multiplexer;
        _channel = channel;
        _concerns = concerns;
        _interrupted = interrupted;
        multiplexer.ConnectionFailed += OnConnectionEvent;
        multiplexer.ConnectionRestored += OnConnectionEvent;
        using AsyncFlowControl suppressed = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(static watch => ((SubscriptionWatch)watch!).Look(), this, Interval, Interval);
    }

    /// <summary>Ends watching. A call that has begun may still be under way.</summary>
    public void Dispose()
    {
        _multiplexer.ConnectionFailed -= OnConnectionEvent;
        _multiplexer.ConnectionRestored -= OnConnectionEvent;
        _timer.Dispose();
    }

    private void OnConnectionEvent(object? sender, ConnectionFailedEventArgs e)
    {
        if (_concerns(e.ConnectionType))
            _interrupted();
    }

    private void Look()
    {
        bool isConnected = _multiplexer.GetSubscriber().IsConnected(_channel);
        if (_wasConnected && !isConnected)
            _interrupted();
        _wasConnected = isConnected;
    }
}
