namespace HybridTiered.Memcached.Connections;

/// <summary>
/// How long to leave a server alone that could not be reached: 100 ms after the first failure, twice that after each further one, 5 s at
/// most, each shortened by up to half at random so that instances do not return in step. Not thread-safe.
/// </summary>
internal sealed class ReconnectBackoff(TimeProvider time, Func<double> random)
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private TimeSpan _next = First;
    private TimeSpan _pause;
    private long _failedAt;

    /// <summary>The last failure, or <see langword="null"/> when the server was reached since.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether the server is to be left alone.</summary>
    public bool IsActive => Failure is not null && time.GetElapsedTime(_failedAt) < _pause;

    public void Fail(Exception failure)
    {
        Failure = failure;
        _failedAt = time.GetTimestamp();
        _pause = _next * (1 - (random() / 2));
        _next = _next * 2 < Longest ? _next * 2 : Longest;
    }

    public void Succeed()
    {
        Failure = null;
        _next = First;
    }
}
