namespace HybridTiered.Invalidation;

/// <summary>A clock that all instances can ask, so that their own clocks need not agree.</summary>
public interface IClusterTime
{
    /// <summary>Asks for the time.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The cluster's UTC time at some moment between the call and its answer.</returns>
    ValueTask<DateTimeOffset> ReadTimeAsync(CancellationToken cancellationToken);
}
