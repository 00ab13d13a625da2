namespace HybridTiered.Invalidation;

/// <summary>Invalidations that could not be sent, in order. When there are too many they become one that invalidates everything.</summary>
internal sealed class UnsentInvalidations(int maximum)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<InvalidationMessage> _waiting = [];
    private bool _sending;

    public int Count
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    public void Add(InvalidationMessage message)
    {
        lock (_lock)
        {
            // A new value that arrives late might not be the newest any more; that the old one is gone stays true.
            _waiting.AddLast(message.Kind == InvalidationKind.Update
                ? new InvalidationMessage(InvalidationKind.Key, message.Origin, message.Timestamp, message.Names, message.Version)
                : message);
            if (_waiting.Count > maximum)
                Collapse_NeedsLock(message.Origin);
        }
    }

    /// <summary>Moves the times of all that wait: the clock they were read from turned out to be off by that much.</summary>
    public void Shift(long ticks)
    {
        lock (_lock)
        {
            for (LinkedListNode<InvalidationMessage>? node = _waiting.First; node is not null; node = node.Next)
            {
                InvalidationMessage m = node.Value;
                node.Value = new InvalidationMessage(m.Kind, m.Origin, m.Timestamp + ticks, m.Names, m.Version);
            }
        }
    }

    /// <summary>Lets one sender at a time in, so that the order is kept.</summary>
    /// <returns>What lets the next one in, or <see langword="null"/> when somebody is sending.</returns>
    public IDisposable? TryEnter()
    {
        lock (_lock)
        {
            if (_sending)
                return null;
            _sending = true;
            return new Turn(this);
        }
    }

    /// <summary>The first that waits.</summary>
    public InvalidationMessage? Peek()
    {
        lock (_lock)
            return _waiting.First?.Value;
    }

    /// <summary>The first has been sent.</summary>
    public void Remove(InvalidationMessage sent)
    {
        lock (_lock)
            _waiting.Remove(sent);
    }

    // A message like any other: what is added while it is being sent waits behind it.
    private void Collapse_NeedsLock(long origin)
    {
        long latest = _waiting.Max(m => m.Timestamp);
        _waiting.Clear();
        _waiting.AddLast(new InvalidationMessage(InvalidationKind.All, origin, latest, []));
    }

    private sealed class Turn(UnsentInvalidations owner) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._lock)
                owner._sending = false;
        }
    }
}
