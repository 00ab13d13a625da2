using HybridTiered.Entries;

namespace HybridTiered.Tiers.Memory;

/// <summary>Which entries L1 may serve while invalidations cannot arrive.</summary>
/// <param name="clock">The clock of the entries' creation times.</param>
/// <param name="maximumAge">How old an entry may be; <see langword="null"/> to serve none.</param>
internal sealed class OutageRule(ClusterClock clock, TimeSpan? maximumAge)
{
    public bool Allows(MemoryEntry entry) => maximumAge is { } age && clock.Now - entry.Created <= age.Ticks;
}
