namespace HybridTiered.Redis.Tests.Cache.Support;

/// <summary>The clock of a machine that is set wrong: it runs as fast as the real one. Lifetimes in memory can be moved on as well.</summary>
internal sealed class OffsetTimeProvider(TimeSpan offset) : TimeProvider
{
    private long _ticks = offset.Ticks;
    private long _elapsed;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Volatile.Read(ref _ticks));

    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _elapsed);

    /// <summary>Lets time pass, for everything but timers.</summary>
    public void Advance(TimeSpan by)
    {
        Interlocked.Add(ref _ticks, by.Ticks);
        Interlocked.Add(ref _elapsed, (long)(by.TotalSeconds * TimestampFrequency));
    }
}
