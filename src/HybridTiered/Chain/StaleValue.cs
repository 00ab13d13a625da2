using HybridTiered.Entries;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>The newest expired value that a flight has come across and that fail-safe may serve: one that L1 has kept, or a copy from a tier below.</summary>
/// <param name="failSafe">How long after its end a value may be served.</param>
internal sealed class StaleValue(TimeSpan failSafe)
{
    /// <summary>The value, as L1 keeps it; <see langword="null"/> until one was found.</summary>
    public MemoryEntry? Entry { get; private set; }

    /// <summary>The level of the tier it was found in.</summary>
    public int Level { get; private set; }

    /// <summary>What is left of the time for which it may be served, if L1 does not have it yet.</summary>
    public TimeSpan Left { get; private set; }

    /// <summary>Takes note of what L1 has kept.</summary>
    public StaleValue With(MemoryEntry? kept)
    {
        Entry = kept;
        Validators = kept?.Plan?.Validators;
        Level = 1;
        return this;
    }

    /// <summary>What is left of the time for which a value may be served that ended at a time; not positive when it is over, or a newer value is known.</summary>
    /// <param name="created">Its creation time.</param>
    /// <param name="end">Its end, in UTC ticks.</param>
    /// <param name="now">UTC ticks.</param>
    public TimeSpan LeftFor(long created, long end, long now) =>
        Entry?.Created >= created ? TimeSpan.Zero : failSafe - TimeSpan.FromTicks(now - end);

    /// <summary>What the source said about its version.</summary>
    public EntryValidators? Validators { get; private set; }

    /// <summary>Whether it has not expired: there is nothing to fall back upon, only something to compare with.</summary>
    public bool IsCurrent => failSafe == TimeSpan.Zero;

    /// <summary>Takes note of what a lower tier has.</summary>
    public void Take(MemoryEntry entry, EntryValidators? validators, int level, TimeSpan left) =>
        (Entry, Validators, Level, Left) = (entry, validators, level, left);
}
