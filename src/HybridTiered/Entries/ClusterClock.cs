namespace HybridTiered.Entries;

/// <summary>
/// The cluster's UTC time: the local clock plus the measured offset to a clock that all instances share. Readings of one instance strictly
/// increase, so of two events on it the later one always has the greater time, however coarse the clock and whatever is set back.
/// </summary>
/// <remarks>
/// Between instances the order is kept by erring on one side: a reading is early by what is uncertain, the time of an invalidation late by as much. So
/// whatever was created before an invalidation, anywhere, has the smaller time. What is created within that span after one elsewhere may count as dead at once,
/// unless its instance has heard of the invalidation (<see cref="Observe"/>).
/// </remarks>
internal sealed class ClusterClock(TimeProvider time)
{
    private static readonly TimeSpan FarAhead = TimeSpan.FromSeconds(1);

    private long _offset;
    private long _uncertainty;
    private long _last;
    private bool _synchronized;

    /// <summary>Whether the shared clock was ever asked.</summary>
    public bool IsSynchronized => Volatile.Read(ref _synchronized);

    /// <summary>Whether there is a shared clock to be asked.</summary>
    public bool IsShared { get; init; }

    /// <summary>Whether times taken now mean the same on all instances.</summary>
    public bool IsTrusted => !IsShared || IsSynchronized;

    /// <summary>How far the shared clock and this one may still differ, in ticks.</summary>
    public long Uncertainty => Volatile.Read(ref _uncertainty);

    /// <summary>A new reading in UTC ticks, greater than all before, and otherwise not ahead of the shared clock.</summary>
    public long Next()
    {
        long now = Now - Uncertainty;
        while (true)
        {
            long last = Volatile.Read(ref _last);
            long next = Math.Max(now, last + 1);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
                return next;
        }
    }

    /// <summary>A time for an invalidation: greater than all readings before, and otherwise not behind the shared clock.</summary>
    public long NextForInvalidation() => Math.Max(Now + Uncertainty, Next());

    /// <summary>
    /// Ends when the shared clock has certainly passed a time. Nobody may be told of an invalidation before: whoever has heard of it creates entries with greater times
    /// (<see cref="Observe"/>), which would be ahead of the shared clock, and so of the next invalidation by an instance that has not heard yet. The commit wait of Corbett et al.,
    /// "Spanner: Google's Globally-Distributed Database" (OSDI 2012).
    /// </summary>
    public async ValueTask WhenPassedAsync(long utcTicks)
    {
        while (Uncertainty > 0 && utcTicks - (Now - Uncertainty) is > 0 and var left)
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling((double)left / TimeSpan.TicksPerMillisecond)), time).ConfigureAwait(false);
    }

    /// <summary>The time now, without using it up. For comparing with expirations.</summary>
    public long Now => time.GetUtcNow().UtcTicks + Volatile.Read(ref _offset);

    /// <summary>
    /// Makes every later reading greater than the time of an invalidation that is known now (Lamport, "Time, Clocks, and the Ordering of Events in a Distributed
    /// System", 1978). A time far ahead, of an instance whose clock is wrong, is not followed.
    /// </summary>
    public void Observe(long utcTicks)
    {
        if (utcTicks - Now > FarAhead.Ticks)
            return;
        for (long last = Volatile.Read(ref _last); last < utcTicks;)
        {
            long seen = Interlocked.CompareExchange(ref _last, utcTicks, last);
            if (seen == last)
                return;
            last = seen;
        }
    }

    /// <summary>
    /// Takes a measurement of the shared clock. The answer was given at some moment between <paramref name="asked"/> and
    /// <paramref name="answered"/>, so half of that span is what remains uncertain (Cristian, "Probabilistic clock synchronization", 1989). An offset
    /// that lies within the bounds of the measurement stays, so that time does not jump with every answer that was slow in one direction.
    /// </summary>
    /// <param name="shared">What the shared clock said.</param>
    /// <param name="asked">Local UTC time before the question.</param>
    /// <param name="answered">Local UTC time after the answer.</param>
    /// <param name="tolerance">
    /// How far the offset may move without notice; readings stay increasing then. A larger step moves them all, back too.
    /// </param>
    /// <returns>By how much the time stepped, or zero.</returns>
    public TimeSpan Synchronize(DateTimeOffset shared, DateTimeOffset asked, DateTimeOffset answered, TimeSpan tolerance)
    {
        long half = (answered - asked).Ticks / 2;
        long offset = shared.UtcTicks - asked.UtcTicks - half;
        long moved = offset - Volatile.Read(ref _offset);
        // A measurement that agrees with the last one is no reason to move.
        bool agrees = Math.Abs(moved) <= half;
        Volatile.Write(ref _uncertainty, agrees ? Math.Abs(moved) + half : half);
        if (!agrees)
            Volatile.Write(ref _offset, offset);
        Volatile.Write(ref _synchronized, true);
        if (agrees)
            return TimeSpan.Zero;
        if (Math.Abs(moved) <= tolerance.Ticks)
            return TimeSpan.Zero;
        Interlocked.Add(ref _last, moved);
        return TimeSpan.FromTicks(moved);
    }
}
