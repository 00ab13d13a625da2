using HybridTiered.Entries;

namespace HybridTiered.Invalidation;

/// <summary>Invalidations that could not be sent, in order. When there are too many they become one that invalidates everything.</summary>
internal sealed class UnsentInvalidations(int maximum)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<InvalidationMessage> _waiting = [];
    private bool _sending;
    private bool _collapsed;

    public int Count
    {
        get
        {
            lock (_lock)
                return _waiting.Count + (_collapsed ? 1 : 0);
        }
    }

    public void Add(InvalidationMessage message)
    {
        lock (_lock)
        {
            if (_collapsed)
                return;
            // A new value that arrives late might not be the newest any more; that the old one is gone stays true.
            _waiting.AddLast(message.Kind == InvalidationKind.Update
                ? new InvalidationMessage(InvalidationKind.Key, message.Origin, message.Timestamp, message.Names, message.Version)
                : message);
            if (_waiting.Count > maximum)
            {
                _waiting.Clear();
                _collapsed = true;
            }
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
    public InvalidationMessage? Peek(long origin, ClusterClock clock)
    {
        lock (_lock)
        {
            return _collapsed
                ? new InvalidationMessage(InvalidationKind.All, origin, clock.NextForInvalidation(), [])
                : _waiting.First?.Value;
        }
    }

    /// <summary>The first has been sent.</summary>
    public void Remove(InvalidationMessage sent)
    {
        lock (_lock)
        {
            if (sent.Kind == InvalidationKind.All && _collapsed)
                _collapsed = false;
            else
                _waiting.Remove(sent);
        }
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
