using System.Runtime.CompilerServices;

namespace HybridTiered.Entries;

/// <summary>
/// Monotonic milliseconds for lifetimes in memory. On the system's clock a reading costs a few nanoseconds and is up to about 10 ms old,
/// which is why entries in L1 live that precisely and no more.
/// </summary>
internal sealed class CoarseClock
{
    /// <summary>Later than any reading.</summary>
    public const long Never = long.MaxValue;

    private readonly TimeProvider? _replacement;

    public CoarseClock(TimeProvider time) => _replacement = ReferenceEquals(time, TimeProvider.System) ? null : time;

    /// <summary>Milliseconds since some fixed moment.</summary>
    public long Now => _replacement is null ? Environment.TickCount64 : NowOnReplacement();

    /// <summary>The reading that is <paramref name="span"/> from now; <see cref="Never"/> for spans that leave the range.</summary>
    public long After(TimeSpan span)
    {
        long now = Now;
        long milliseconds = (long)Math.Min(span.TotalMilliseconds, long.MaxValue / 2);
        return milliseconds >= Never - now ? Never : now + milliseconds;
    }

    /// <summary>
    /// Whether a moment has not come yet: <see cref="Now"/> for those who ask at every hit. On the system's clock it asks a note of the time that is at most some
    /// 10 ms older still, or as much as the threads of a machine with too few processors have to wait.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsBefore(long moment) => (_replacement is null && ClockTicker.System.Noted < moment) || IsBeforeExactly(moment);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool IsBeforeExactly(long moment)
    {
        if (Now >= moment)
            return false;
        if (_replacement is null)
            ClockTicker.System.Request();
        return true;
    }

    private long NowOnReplacement() =>
        (long)_replacement!.GetElapsedTime(0, _replacement.GetTimestamp()).TotalMilliseconds;
}
