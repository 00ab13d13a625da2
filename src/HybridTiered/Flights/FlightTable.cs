using HybridTiered.Entries;
using HybridTiered.Tags;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Flights;

/// <summary>
/// The flights under way, and the keys that are being invalidated. One lock per shard of keys makes these steps atomic towards each other:
/// joining or starting a flight, storing its result in L1, and tainting it.
/// </summary>
/// <remarks>
/// A flight is joinable until its result is stored or it is tainted, and stays in the table until its writes behind have ended, so that an invalidation can taint
/// it to the last. A key that is being invalidated taints every flight that starts meanwhile; when the invalidation ends those flights leave the
/// table, so that nobody who comes later shares what they found.
/// </remarks>
internal sealed class FlightTable(ClusterClock clock, TagRegistry tags)
{
    private const int ShardCount = 64;

    private readonly FlightShard[] _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new FlightShard())];

    /// <summary>How many flights are under way, and how many callers wait for them.</summary>
    public (int Flights, int Callers) Count()
    {
        (int flights, int callers) = (0, 0);
        foreach (Flight flight in Snapshot())
        {
            flights++;
            callers += flight.Closed ? 0 : flight.Callers;
        }
        return (flights, callers);
    }

    /// <summary>The flights under way, as they stand now.</summary>
    public IReadOnlyList<Flight> UnderWay => Snapshot();

    /// <summary>The creation time of the oldest flight under way, or <see cref="long.MaxValue"/> without any.</summary>
    public long OldestCreated()
    {
        long oldest = long.MaxValue;
        foreach (Flight flight in Snapshot())
            oldest = Math.Min(oldest, flight.Created);
        return oldest;
    }

    /// <summary>Joins the flight of a key, or starts one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="flags">The flags of the call; only callers with the same flags share.</param>
    /// <param name="canLeave">Whether the caller's token can be cancelled.</param>
    /// <param name="flight">The flight.</param>
    /// <param name="completion">What to await; <see langword="null"/> for a leader that cannot leave.</param>
    /// <returns>Whether the caller leads a new flight.</returns>
    public bool JoinOrStart<T>(string key, HybridCacheEntryFlags flags, bool canLeave, out Flight<T> flight, out Task<FlightOutcome<T>>? completion)
    {
        FlightShard shard = ShardOf(key);
        lock (shard.Lock)
        {
            shard.Flights.TryGetValue(key, out Flight? first);
            for (Flight? other = first; other is not null; other = other.NextOfKey)
            {
                if (other is Flight<T> same && same.Joinable && same.Flags == flags)
                {
                    flight = same;
                    completion = same.Completion_NeedsLock;
                    same.Callers++;
                    return false;
                }
            }
            // The epoch first: who finds it moved looks whether the flight began before the invalidation.
            long epoch = tags.Epoch;
            flight = Flight<T>.Start(key, flags, clock.Next(), epoch, Flight.Current, canLeave ? new CancellationTokenSource() : null);
            flight.NextOfKey = first;
            flight.Tainted = shard.Invalidating.Count > 0 && shard.Invalidating.ContainsKey(key);
            completion = canLeave ? flight.Completion_NeedsLock : null;
            shard.Flights[key] = flight;
            return true;
        }
    }

    /// <summary>Enters a value that is being set. To be called after <see cref="BeginInvalidation"/>, which would taint it.</summary>
    public Mutation Enter(string key)
    {
        FlightShard shard = ShardOf(key);
        lock (shard.Lock)
        {
            shard.Flights.TryGetValue(key, out Flight? first);
            var mutation = new Mutation(key, clock.Next(), tags.Epoch) { NextOfKey = first };
            shard.Flights[key] = mutation;
            return mutation;
        }
    }

    /// <summary>A caller gives up. After the last one nobody joins the flight any more.</summary>
    /// <returns>What the last one has to cancel.</returns>
    public CancellationTokenSource? Leave(Flight flight)
    {
        lock (ShardOf(flight.Key).Lock)
        {
            if (--flight.Callers > 0 || flight.Closed)
                return null;
            flight.Joinable = false;
            return flight.Cancellation;
        }
    }

    /// <summary>Closes the flight to new callers and, unless it is tainted or doubted, stores its result in L1 in the same step.</summary>
    /// <returns>Whether the result may be stored further down, that is, whether the flight is not tainted.</returns>
    public bool Commit<TState>(Flight flight, TState state, Action<TState> store) => Commit(flight, ends: false, state, store);

    /// <summary>The same for a flight that may leave the table in the same step, because nothing is written behind.</summary>
    public bool Commit<TState>(Flight flight, bool ends, TState state, Action<TState> store)
    {
        FlightShard shard = ShardOf(flight.Key);
        lock (shard.Lock)
        {
            flight.Close_NeedsLock();
            if (ends)
                shard.Remove_NeedsLock(flight);
            if (flight.Tainted)
                return false;
            if (!flight.Doubted)
                store(state);
            return true;
        }
    }

    /// <summary>Closes the flight to new callers, and takes it out of the table.</summary>
    public void CloseAndEnd(Flight flight)
    {
        FlightShard shard = ShardOf(flight.Key);
        lock (shard.Lock)
        {
            flight.Close_NeedsLock();
            shard.Remove_NeedsLock(flight);
        }
    }

    /// <summary>Closes the flight to new callers.</summary>
    public void Close(Flight flight)
    {
        lock (ShardOf(flight.Key).Lock)
            flight.Close_NeedsLock();
    }

    /// <summary>Whether the flight's key was invalidated since it started.</summary>
    public bool IsTainted(Flight flight)
    {
        lock (ShardOf(flight.Key).Lock)
            return flight.Tainted;
    }

    /// <summary>Whether the flight's key has changed in a shared tier since it started.</summary>
    public bool IsDoubted(Flight flight)
    {
        lock (ShardOf(flight.Key).Lock)
            return flight.Doubted;
    }

    /// <summary>
    /// Whether an older flight of the key, which has given its callers an expired value, still computes what is going to be stored.
    /// </summary>
    /// <param name="flight">The flight that would compute the same.</param>
    /// <param name="since">The older flight's creation time at least.</param>
    public bool IsComputing(Flight flight, long since)
    {
        FlightShard shard = ShardOf(flight.Key);
        lock (shard.Lock)
        {
            shard.Flights.TryGetValue(flight.Key, out Flight? other);
            for (; other is not null; other = other.NextOfKey)
            {
                if (other != flight && other.Answered && !other.Tainted && other.Created >= since)
                    return true;
            }
            return false;
        }
    }

    /// <summary>Takes a flight, and no other, out of the table.</summary>
    public void End(Flight flight)
    {
        FlightShard shard = ShardOf(flight.Key);
        lock (shard.Lock)
            shard.Remove_NeedsLock(flight);
    }

    /// <summary>From here on the flights of the key, and those that start before <see cref="EndInvalidation"/>, store nothing.</summary>
    public void BeginInvalidation(string key)
    {
        FlightShard shard = ShardOf(key);
        lock (shard.Lock)
        {
            shard.Invalidating.TryGetValue(key, out int others);
            shard.Invalidating[key] = others + 1;
            shard.Taint_NeedsLock(key);
        }
    }

    /// <summary>The invalidation is complete: whoever comes now starts a flight of its own, whose result may be stored.</summary>
    public void EndInvalidation(string key)
    {
        FlightShard shard = ShardOf(key);
        lock (shard.Lock)
        {
            int left = shard.Invalidating[key] - 1;
            if (left == 0)
                shard.Invalidating.Remove(key);
            else
                shard.Invalidating[key] = left;
            shard.Taint_NeedsLock(key);
        }
    }

    /// <summary>
    /// Taints the flights of a key that was invalidated elsewhere, and runs a step that must not fall between a flight's check and its store. The step is told
    /// whether there are such flights.
    /// </summary>
    public void Taint<TState>(string key, TState state, Action<TState, bool> also)
    {
        FlightShard shard = ShardOf(key);
        lock (shard.Lock)
        {
            bool any = shard.Flights.ContainsKey(key);
            shard.Taint_NeedsLock(key);
            also(state, any);
        }
    }

    /// <summary>
    /// Keeps the results of a key's flights out of L1, and runs a step that must not fall between a flight's check and its store: the key has changed in a shared tier,
    /// maybe by the flight itself.
    /// </summary>
    public void Doubt<TState>(string key, TState state, Action<TState> also)
    {
        FlightShard shard = ShardOf(key);
        lock (shard.Lock)
        {
            shard.Doubt_NeedsLock(key);
            also(state);
        }
    }

    /// <summary>Keeps the results of all flights out of L1.</summary>
    public void DoubtAll()
    {
        foreach (FlightShard shard in _shards)
        {
            lock (shard.Lock)
            {
                foreach (string key in shard.Flights.Keys)
                    shard.Doubt_NeedsLock(key);
            }
        }
    }

    /// <summary>Taints the flights of keys of which only a rule is known.</summary>
    public void TaintWhere(Func<string, bool> concerns)
    {
        foreach (FlightShard shard in _shards)
        {
            lock (shard.Lock)
            {
                foreach (string key in shard.Flights.Keys)
                {
                    if (concerns(key))
                        shard.Taint_NeedsLock(key);
                }
            }
        }
    }

    /// <summary>Ends when every flight that is under way now has ended.</summary>
    public Task WhenEndedAsync()
    {
        var ends = new List<Task>();
        foreach (Flight flight in Snapshot())
        {
            lock (ShardOf(flight.Key).Lock)
            {
                if (!flight.Ended)
                    ends.Add((flight.End ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task);
            }
        }
        return Task.WhenAll(ends);
    }

    /// <summary>What stops the factories under way that have a token of their own.</summary>
    public IEnumerable<CancellationTokenSource> Cancellations() => Snapshot().Select(f => f.Cancellation).OfType<CancellationTokenSource>();

    private List<Flight> Snapshot()
    {
        var flights = new List<Flight>();
        foreach (FlightShard shard in _shards)
        {
            lock (shard.Lock)
            {
                foreach (Flight first in shard.Flights.Values)
                {
                    for (Flight? flight = first; flight is not null; flight = flight.NextOfKey)
                    {
                        flight.Shared = true;
                        flights.Add(flight);
                    }
                }
            }
        }
        return flights;
    }

    private FlightShard ShardOf(string key) => _shards[(uint)key.GetHashCode(StringComparison.Ordinal) % ShardCount];
}
