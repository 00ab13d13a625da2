using HybridTiered.Entries;

namespace HybridTiered.Invalidation;

/// <summary>Measures how far this instance's clock is from the cluster's. The quickest of several answers says the most, and the first may have had to wait for a connection.</summary>
internal sealed class ClockMeasurement(IClusterTime clusterTime, ClusterClock clock, TimeProvider time)
{
    private const int Samples = 8;

    private static readonly TimeSpan GoodSample = TimeSpan.FromMilliseconds(0.5);

    // A step of the clock that is more than the jitter of a measurement.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <summary>Sets the clock.</summary>
    /// <returns>By how much what was stamped so far is wrong; zero for what is within the jitter of a measurement.</returns>
    public async ValueTask<TimeSpan> SynchronizeAsync(CancellationToken cancellationToken)
    {
        (DateTimeOffset shared, DateTimeOffset asked, TimeSpan took) best = default;
        for (int i = 0; i < Samples && (i == 0 || best.took > GoodSample); i++)
        {
            // In this order: a clock that is set between the two readings then makes the measurement uncertain instead of wrong.
            long started = time.GetTimestamp();
            DateTimeOffset asked = time.GetUtcNow();
            DateTimeOffset shared = await clusterTime.ReadTimeAsync(cancellationToken).ConfigureAwait(false);
            TimeSpan took = time.GetElapsedTime(started);
            if (i == 0 || took < best.took)
                best = (shared, asked, took);
        }
        return clock.Synchronize(best.shared, best.asked, best.asked + best.took, clock.IsSynchronized ? Step : TimeSpan.Zero);
    }
}
