namespace HybridTiered.Invalidation;

/// <summary>The part of a cache that invalidations from other instances act upon: its process and machine tiers, never a shared one.</summary>
internal interface IInvalidationTarget
{
    /// <summary>Whether a machine tier follows the journal, so that its position has to be kept.</summary>
    bool FollowsJournal { get; }

    /// <summary>Applies one invalidation.</summary>
    ValueTask ApplyAsync(InvalidationMessage message);

    /// <summary>Drops everything that may have been invalidated unnoticed.</summary>
    ValueTask ClearAsync();

    /// <summary>The oldest id that every machine tier reflects, or none when one of them was never told.</summary>
    ValueTask<JournalId> ReadPositionAsync();

    /// <summary>Remembers in the machine tiers that everything up to an id was applied, and lets them be read.</summary>
    ValueTask WritePositionAsync(JournalId position);

    /// <summary>Tries again what tiers could not carry out, and forgets what no longer matters.</summary>
    ValueTask MaintainAsync();

    /// <summary>
    /// The cluster's time became known for the first time: moves every time that was taken from the local clock until then, and drops what was created on it.
    /// Machine tiers hold nothing of that kind, because they are closed until then.
    /// </summary>
    void ShiftTimes(long ticks);
}
