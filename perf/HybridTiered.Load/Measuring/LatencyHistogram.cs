using System.Numerics;

namespace HybridTiered.Load.Measuring;

/// <summary>
/// Counts durations in buckets whose width grows with the duration, so that each is known to 1.6 % whatever its size, in constant memory
/// (the scheme of HdrHistogram). For one thread; merge at the end.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBucketBits = 6;
    private const int SubBuckets = 1 << SubBucketBits;

    private readonly long[] _counts = new long[(64 - SubBucketBits + 1) * SubBuckets];

    public long Count { get; private set; }

    public void Add(TimeSpan duration)
    {
        _counts[BucketOf(duration.Ticks)]++;
        Count++;
    }

    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        Count += other.Count;
    }

    /// <summary>The duration that a share of all does not exceed, within the width of its bucket; zero when there are none.</summary>
    /// <param name="share">0 to 1.</param>
    public TimeSpan Percentile(double share)
    {
        long left = (long)Math.Ceiling(share * Count);
        for (int i = 0; i < _counts.Length && left > 0; i++)
        {
            left -= _counts[i];
            if (left <= 0)
                return TimeSpan.FromTicks(UpperEndOf(i));
        }
        return TimeSpan.Zero;
    }

    private static int BucketOf(long ticks)
    {
        if (ticks < SubBuckets)
            return (int)Math.Max(0, ticks);
        int shift = BitOperations.Log2((ulong)ticks) - SubBucketBits;
        return (shift + 1) * SubBuckets + (int)(ticks >> shift) - SubBuckets;
    }

    private static long UpperEndOf(int bucket)
    {
        if (bucket < SubBuckets)
            return bucket;
        int shift = bucket / SubBuckets - 1;
        return ((long)(bucket % SubBuckets + SubBuckets + 1) << shift) - 1;
    }
}
