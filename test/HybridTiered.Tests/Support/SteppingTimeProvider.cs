namespace HybridTiered.Tests.Support;

/// <summary>Runs on another clock's time and timers; only its idea of the date can be set, as that of a machine can.</summary>
public sealed class SteppingTimeProvider(ManualTimeProvider inner) : TimeProvider
{
    private TimeSpan _off;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public void Step(TimeSpan by) => _off += by;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + _off;

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
