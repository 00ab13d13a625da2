using System.Diagnostics;

namespace HybridTiered.Load.Coherence;

/// <summary>When the PUT that made each version of each product was answered. Versions of a product follow each other without gaps.</summary>
internal sealed class AnswerTimes(int products)
{
    private readonly List<long>[] _times = [.. Enumerable.Range(0, products + 1).Select(_ => new List<long>())];

    /// <summary>A PUT was answered.</summary>
    public void Note(int id, long version, long answered)
    {
        List<long> times = _times[id];
        lock (times)
        {
            while (times.Count <= version)
                times.Add(0);
            times[(int)version] = answered;
        }
    }

    /// <summary>For how long a read had been out of date when it began: since the first answer to a PUT that made a newer version than it shows.</summary>
    /// <param name="id">The product.</param>
    /// <param name="shown">The version that it shows.</param>
    /// <param name="began">When it began.</param>
    /// <returns>Zero if it was not.</returns>
    public TimeSpan OutOfDate(int id, long shown, long began)
    {
        List<long> times = _times[id];
        long first = began;
        lock (times)
        {
            for (int version = (int)shown + 1; version < times.Count; version++)
            {
                if (times[version] > 0)
                    first = Math.Min(first, times[version]);
            }
        }
        return Stopwatch.GetElapsedTime(first, began);
    }
}
