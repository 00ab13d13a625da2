namespace HybridTiered.Entries;

/// <summary>
/// The cluster's UTC time: the local clock plus the measured offset to a clock that all instances share. Readings of one instance strictly
/// increase, so of two events on it the later one always has the greater time, however coarse the clock and whatever is set back.
/// </summary>
internal sealed class ClusterClock(TimeProvider time)
{
    private long _offset;
    private long _uncertainty;
    private long _last;

    /// <summary>How far the shared clock and this one may still differ, in ticks.</summary>
    public long Uncertainty => Volatile.Read(ref _uncertainty);

    /// <summary>A new reading in UTC ticks, greater than all before.</summary>
    public long Next()
    {
        long now = time.GetUtcNow().UtcTicks + Volatile.Read(ref _offset);
        while (true)
        {
            long last = Volatile.Read(ref _last);
            long next = Math.Max(now, last + 1);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
                return next;
        }
    }

    /// <summary>
    /// A new reading for an invalidation: late enough to be after everything that another instance, whose clock may differ by the
    /// uncertainty, created before this call.
    /// </summary>
    public long NextForInvalidation()
    {
        // Once for this clock, and once for the other's, which is taken to be as good.
        Observe(time.GetUtcNow().UtcTicks + Volatile.Read(ref _offset) + (2 * Uncertainty));
        return Next();
    }

    /// <summary>The time now, without using it up. For comparing with expirations.</summary>
    public long Now => time.GetUtcNow().UtcTicks + Volatile.Read(ref _offset);

    /// <summary>Makes every later reading greater than a time learnt from elsewhere.</summary>
    public void Observe(long utcTicks)
    {
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
        if (Math.Abs(moved) <= half)
        {
            Volatile.Write(ref _uncertainty, Math.Abs(moved) + half);
            return TimeSpan.Zero;
        }
        Volatile.Write(ref _uncertainty, half);
        Volatile.Write(ref _offset, offset);
        if (Math.Abs(moved) <= tolerance.Ticks)
            return TimeSpan.Zero;
        Interlocked.Add(ref _last, moved);
        return TimeSpan.FromTicks(moved);
    }
}
