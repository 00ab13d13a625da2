using System.Collections.Concurrent;
using System.Diagnostics;

namespace HybridTiered.Load.Faults;

/// <summary>A database that can fail, hang or be slow, and notes when it is asked for which key.</summary>
internal sealed class FaultyDatabase
{
    private readonly ConcurrentDictionary<int, ConcurrentQueue<long>> _calls = [];
    private volatile DatabaseFault _fault;

    /// <summary>What is wrong with it.</summary>
    public DatabaseFault Fault
    {
        get => _fault;
        set => _fault = value;
    }

    /// <summary>How long a slow answer takes.</summary>
    public required TimeSpan Slowness { get; init; }

    public long Calls => _calls.Values.Sum(times => (long)times.Count);

    /// <exception cref="IOException">It fails.</exception>
    public async ValueTask<int> ReadAsync(int key, CancellationToken cancellationToken)
    {
        _calls.GetOrAdd(key, static _ => []).Enqueue(Stopwatch.GetTimestamp());
        switch (_fault)
        {
            case DatabaseFault.Failing:
                throw new IOException("The database is away.");
            case DatabaseFault.Hanging:
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                break;
            case DatabaseFault.Slow:
                await Task.Delay(Slowness, cancellationToken);
                break;
        }
        return key;
    }

    /// <summary>Forgets the calls so far.</summary>
    public void Reset() => _calls.Clear();

    /// <summary>The shortest time between two calls for one key.</summary>
    public TimeSpan ShortestInterval()
    {
        TimeSpan shortest = TimeSpan.MaxValue;
        foreach (ConcurrentQueue<long> times in _calls.Values)
        {
            long[] ordered = [.. times.Order()];
            for (int i = 1; i < ordered.Length; i++)
            {
                TimeSpan interval = Stopwatch.GetElapsedTime(ordered[i - 1], ordered[i]);
                shortest = interval < shortest ? interval : shortest;
            }
        }
        return shortest;
    }
}
