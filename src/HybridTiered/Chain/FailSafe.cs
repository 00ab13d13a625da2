using HybridTiered.Configuration;
using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>
/// Serves an expired value where the factory has none in time. What was invalidated is never served: a removal takes the value out of every tier and taints the flight,
/// tags and patterns are compared with its creation time, here and at every hit that follows.
/// </summary>
internal sealed class FailSafe(TierChain chain, ValueEncoder encoder)
{
    /// <summary>What L1 has kept of a key; <see langword="null"/> when fail-safe is off for it.</summary>
    public StaleValue? Find(string key, EntrySettings settings) =>
        settings.Resilience.HasFailSafe ? new StaleValue(settings.Resilience.FailSafeMaxDuration).With(chain.Memory.FindKept(key)) : null;

    /// <summary>
    /// Ends a flight with an expired value, unless there is none or the key was invalidated meanwhile. The value then stays in L1 for the length of the throttle.
    /// </summary>
    /// <param name="flight">The flight, which takes no more callers if this succeeds.</param>
    /// <param name="stale">What was found.</param>
    /// <param name="settings">What holds for the entry.</param>
    /// <param name="reason">The failure, for the log; <see langword="null"/> for a soft timeout.</param>
    /// <param name="outcome">What the callers get.</param>
    public bool TryServe<T>(Flight<T> flight, StaleValue? stale, EntrySettings settings, Exception? reason, out FlightOutcome<T> outcome)
    {
        outcome = default;
        if (stale?.Entry is not { } entry || flight.Answered || !settings.Computes || !encoder.TryGetValue(entry, out T? value))
            return false;
        // The epoch first: an invalidation after the check below finds an entry whose epoch is old, and has it checked again.
        long epoch = chain.Tags.Epoch;
        if (chain.Tags.IsDead(flight.Key, entry.Created, entry.Tags))
            return false;
        if (!chain.Flights.Commit(flight, (Self: this, stale, settings, epoch), static s => s.Self.Keep(s.stale, s.settings, s.epoch)))
            return false;
        Interlocked.Increment(ref chain.Counters.StaleServed);
        chain.Throttled.StaleServed(reason);
        outcome = new FlightOutcome<T>(true, value, stale.Level, entry.Created, entry.Tags, entry as SerializedEntry<T>, IsStale: true);
        return true;
    }

    // Positive, so that the entry has a plan.
    private static TimeSpan Longer(TimeSpan rest) => rest > TimeSpan.Zero ? rest : TimeSpan.FromTicks(1);

    private void Keep(StaleValue stale, EntrySettings settings, long epoch)
    {
        MemoryEntry entry = stale.Entry!;
        TimeSpan throttle = settings.Resilience.FailSafeThrottle;
        if (entry.Plan is null)
        {
            if (!settings.WritesLocal)
                return;
            TimeSpan life = Lifetimes.Shorter(throttle, stale.Left);
            chain.Memory.Put(entry, new MemoryLife(life, FailSafe: Longer(stale.Left - life), Validators: stale.Validators), epoch);
        }
        chain.Memory.Prolong(entry, throttle);
    }
}
