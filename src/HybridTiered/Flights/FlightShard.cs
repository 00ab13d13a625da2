namespace HybridTiered.Flights;

/// <summary>The flights of some of the keys, and which of these keys are being invalidated.</summary>
internal sealed class FlightShard
{
    public readonly Lock Lock = new();

    // The newest flight of each key; older ones hang on it.
    public readonly Dictionary<string, Flight> Flights = new(StringComparer.Ordinal);

    // How many invalidations of a key are under way.
    public readonly Dictionary<string, int> Invalidating = new(StringComparer.Ordinal);

    public void Taint_NeedsLock(string key)
    {
        Flights.TryGetValue(key, out Flight? flight);
        for (; flight is not null; flight = flight.NextOfKey)
        {
            flight.Tainted = true;
            flight.Joinable = false;
        }
    }

    public void Doubt_NeedsLock(string key)
    {
        Flights.TryGetValue(key, out Flight? flight);
        for (; flight is not null; flight = flight.NextOfKey)
            flight.Doubted = true;
    }

    public void Remove_NeedsLock(Flight flight)
    {
        Unlink_NeedsLock(flight);
        flight.End?.TrySetResult();
        // The last that is done with it: its leader, which does not take the lock to look, may use it for another key from here on.
        flight.Ended = true;
    }

    private void Unlink_NeedsLock(Flight flight)
    {
        if (!Flights.TryGetValue(flight.Key, out Flight? first))
            return;
        if (first == flight)
        {
            if (flight.NextOfKey is null)
                Flights.Remove(flight.Key);
            else
                Flights[flight.Key] = flight.NextOfKey;
            return;
        }
        for (Flight? before = first; before is not null; before = before.NextOfKey)
        {
            if (before.NextOfKey == flight)
            {
                before.NextOfKey = flight.NextOfKey;
                return;
            }
        }
    }
}
