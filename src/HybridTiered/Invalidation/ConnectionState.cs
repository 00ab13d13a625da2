namespace HybridTiered.Invalidation;

/// <summary>Whether this instance hears of what others invalidate. Told by the backplane at once and by the loop when it gets there, so the two may overtake each other.</summary>
internal sealed class ConnectionState
{
    private readonly Lock _lock = new();

    // What the backplane said last. It counts when the gap before it is about to be closed.
    private bool _live;
    private bool _connected;

    public bool IsConnected => Volatile.Read(ref _connected);

    /// <summary>The subscription is live again, or about to be tried for the first time.</summary>
    public void Begin()
    {
        lock (_lock)
            _live = true;
    }

    /// <summary>The subscription is down.</summary>
    /// <param name="target">Where the outage begins in the same step, if any.</param>
    public void End(IInvalidationTarget? target)
    {
        lock (_lock)
        {
            _live = false;
            Volatile.Write(ref _connected, false);
            target?.BeginOutage();
        }
    }

    /// <summary>The gap is about to be closed. Since the event that led here the connection may have been lost again.</summary>
    /// <returns>Whether this instance is connected from now on, and was not before.</returns>
    public bool TryConnect()
    {
        lock (_lock)
        {
            bool connects = _live && !_connected;
            Volatile.Write(ref _connected, _live);
            return connects;
        }
    }

    /// <summary>What was missed has been made good; unless the connection has been lost again since, the outage is over.</summary>
    public void EndOutage(IInvalidationTarget target)
    {
        lock (_lock)
        {
            if (_connected)
                target.EndOutage();
        }
    }
}
