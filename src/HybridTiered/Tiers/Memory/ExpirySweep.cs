using HybridTiered.Entries;

namespace HybridTiered.Tiers.Memory;

/// <summary>
/// Removes expired entries that nobody asks for any more. It walks over a store's entries without a lock and removes them one by one,
/// so a sweep of any length delays no other operation by more than one removal.
/// </summary>
/// <param name="clock">The clock of <see cref="MemoryEntry.KeptUntil"/>.</param>
/// <param name="time">Where the timer comes from.</param>
/// <param name="interval">From one sweep to the next; <see langword="null"/> for <see cref="DefaultInterval"/>.</param>
/// <param name="entries">The store's entries; enumerated anew by each sweep.</param>
/// <param name="remove">Removes an entry unless another has taken its place, and returns whether it did. Must not throw: it runs on a timer.</param>
internal sealed class ExpirySweep(
    CoarseClock clock, TimeProvider time, TimeSpan? interval, IEnumerable<MemoryEntry> entries, Predicate<MemoryEntry> remove) : IDisposable
{
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(30);

    private readonly TimeSpan _interval = interval ?? DefaultInterval;
    private readonly Lock _timerLock = new();
    private ITimer? _timer;
    private bool _disposed;
    private int _running;
    private long _removed;

    /// <summary>How many entries were removed by all sweeps.</summary>
    public long Removed => Volatile.Read(ref _removed);

    /// <summary>Starts the timer unless it runs already. From here until <see cref="Dispose"/> the timer keeps the store alive.</summary>
    public void EnsureStarted()
    {
        if (Volatile.Read(ref _timer) is null)
            Start();
    }

    public void Sweep()
    {
        // A sweep that outlasts the interval is not joined by a second one.
        if (Interlocked.Exchange(ref _running, 1) == 1)
            return;
        long now = clock.Now;
        foreach (MemoryEntry entry in entries)
        {
            if (entry.KeptUntil <= now && remove(entry))
                Interlocked.Increment(ref _removed);
        }
        Volatile.Write(ref _running, 0);
    }

    /// <summary>Stops the timer for good. A sweep under way runs to its end.</summary>
    public void Dispose()
    {
        lock (_timerLock)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    private void Start()
    {
        lock (_timerLock)
        {
            if (_timer is not null || _disposed)
                return;
            // The timer must not keep alive whatever the caller that happens to be first has in its execution context.
            using AsyncFlowControl suppressed = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
            _timer = time.CreateTimer(static sweep => ((ExpirySweep)sweep!).Sweep(), this, _interval, _interval);
        }
    }
}
