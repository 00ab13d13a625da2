namespace HybridTiered.Diagnostics;

/// <summary>Lets one of many equal messages through per interval, and says how many were held back.</summary>
internal sealed class LogThrottle(TimeProvider time, TimeSpan interval)
{
    /// <summary>How often a message that operations repeat is worth a line.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long _last;
    private bool _any;
    private long _heldBack;

    /// <summary>Whether to log now.</summary>
    /// <param name="heldBack">How many messages were not let through since the last one that was.</param>
    public bool TryPass(out long heldBack)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            heldBack = _heldBack;
            if (_any && time.GetElapsedTime(_last, now) < interval)
            {
                _heldBack++;
                return false;
            }
            (_any, _last, _heldBack) = (true, now, 0);
            return true;
        }
    }
}
