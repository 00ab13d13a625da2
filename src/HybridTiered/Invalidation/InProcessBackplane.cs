namespace HybridTiered.Invalidation;

/// <summary>
/// Connects caches of one process, with a journal: for tests, samples, and applications that keep several caches coherent without a server. Give one
/// instance to each of them through <c>UseInProcessBackplane</c>.
/// </summary>
/// <param name="time">The clock of the journal's ids and of <see cref="IClusterTime"/>; <see langword="null"/> for the system's.</param>
/// <param name="journalLength">How many invalidations the journal keeps; at least 1.</param>
public sealed class InProcessBackplane(TimeProvider? time = null, int journalLength = 10_000)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly int _journalLength = journalLength >= 1
        ? journalLength
        : throw new ArgumentOutOfRangeException(nameof(journalLength), journalLength, $"{nameof(journalLength)} is {journalLength}; it must be at least 1.");
    private readonly Lock _lock = new();
    private readonly Queue<ReceivedInvalidation> _journal = new();
    private readonly List<Connection> _connections = [];
    private JournalId _last;
    private JournalId _lastDropped;

    /// <summary>How many caches are subscribed.</summary>
    public int SubscriberCount
    {
        get
        {
            lock (_lock)
                return _connections.Count;
        }
    }

    /// <summary>Makes the connection of one cache, which disposes it.</summary>
    public InProcessConnection Connect() => new Connection(this);

    /// <summary>Drops all but the newest entries of the journal, as a server does that trims its stream.</summary>
    /// <param name="keep">How many to keep.</param>
    public void TrimJournal(int keep)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        lock (_lock)
            Trim_NeedsLock(keep);
    }

    private void Trim_NeedsLock(int keep)
    {
        while (_journal.Count > keep)
            _lastDropped = _journal.Dequeue().Id;
    }

    private JournalId Publish(InvalidationMessage message)
    {
        lock (_lock)
        {
            long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
            JournalId previous = _last;
            _last = now > _last.Time ? new JournalId(now, 0) : _last with { Sequence = _last.Sequence + 1 };
            var entry = new ReceivedInvalidation(_last, message, previous);
            _journal.Enqueue(entry);
            Trim_NeedsLock(_journalLength);
            foreach (Connection connection in _connections)
                connection.Deliver(entry);
            return _last;
        }
    }

    private sealed class Connection(InProcessBackplane hub) : InProcessConnection
    {
        private IBackplaneReceiver? _receiver;

        public override ValueTask<JournalId> PublishAsync(InvalidationMessage message, CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(message);
            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfDisconnected();
            return new ValueTask<JournalId>(hub.Publish(message));
        }

        public override ValueTask SubscribeAsync(IBackplaneReceiver receiver, CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(receiver);
            ThrowIfDisconnected();
            lock (hub._lock)
            {
                _receiver = receiver;
                hub._connections.Add(this);
            }
            return default;
        }

        public override ValueTask<JournalId> ReadLastIdAsync(CancellationToken cancellationToken)
        {
            ThrowIfDisconnected();
            lock (hub._lock)
                return new ValueTask<JournalId>(hub._last);
        }

        public override ValueTask<JournalPage> ReadAfterAsync(JournalId after, int maximum, CancellationToken cancellationToken)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximum);
            ThrowIfDisconnected();
            lock (hub._lock)
            {
                bool reachesBack = after >= hub._lastDropped && after <= hub._last;
                List<ReceivedInvalidation> newer = [.. hub._journal.Where(entry => entry.Id > after).Take(maximum + 1)];
                bool more = newer.Count > maximum;
                if (more)
                    newer.RemoveAt(maximum);
                return new ValueTask<JournalPage>(new JournalPage(newer, newer.Count > 0 ? newer[^1].Id : after, reachesBack, more));
            }
        }

        public override ValueTask<DateTimeOffset> ReadTimeAsync(CancellationToken cancellationToken)
        {
            ThrowIfDisconnected();
            return new ValueTask<DateTimeOffset>(hub._time.GetUtcNow());
        }

        public override void Disconnect()
        {
            IsConnected = false;
            _receiver?.ConnectionLost();
        }

        public override void Reconnect()
        {
            IsConnected = true;
            _receiver?.ConnectionRestored();
        }

        public override ValueTask DisposeAsync()
        {
            lock (hub._lock)
                hub._connections.Remove(this);
            return default;
        }

        public void Deliver(ReceivedInvalidation entry)
        {
            if (IsConnected && !LosesMessages)
                _receiver?.Receive(entry);
        }

        private void ThrowIfDisconnected()
        {
            if (!IsConnected)
                throw new InvalidOperationException("The in-process backplane is disconnected.");
        }
    }
}
