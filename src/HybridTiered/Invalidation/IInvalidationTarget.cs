namespace HybridTiered.Invalidation;

/// <summary>The part of a cache that invalidations from other instances act upon: its process and machine tiers, never a shared one.</summary>
internal interface IInvalidationTarget
{
    /// <summary>Whether a machine tier follows the journal, so that its position has to be kept.</summary>
    bool FollowsJournal { get; }

    /// <summary>From now on invalidations cannot arrive. Thread-safe, unlike the rest.</summary>
    void BeginOutage();

    /// <summary>Invalidations arrive again, and what was missed has been applied. Thread-safe, unlike the rest.</summary>
    void EndOutage();

    /// <summary>Applies one invalidation.</summary>
    ValueTask ApplyAsync(InvalidationMessage message);

    /// <summary>Drops everything that may have been invalidated unnoticed.</summary>
    ValueTask ClearAsync();

    /// <summary>
    /// The server of the journal has gone back to an earlier state. Where it is that of a shared tier too, entries are there again that had been invalidated.
    /// </summary>
    void SharedTiersWentBack();

    /// <summary>The oldest id that every machine tier reflects, or none when one of them was never told.</summary>
    ValueTask<JournalId> ReadPositionAsync();

    /// <summary>Remembers in the machine tiers that everything up to an id was applied, and lets them be read.</summary>
    ValueTask WritePositionAsync(JournalId position);

    /// <summary>Tries again what tiers could not carry out, and forgets what no longer matters.</summary>
    ValueTask MaintainAsync();

    /// <summary>
    /// This instance's idea of the cluster's time was wrong: drops whatever may have been made on it. Times that others sent or stored are right and stay.
    /// </summary>
    /// <param name="ticks">By how much it was wrong.</param>
    /// <param name="first">Whether the cluster's clock was asked for the first time; what is in machine tiers was then made before, on a clock that was right.</param>
    ValueTask ClockMovedAsync(bool first, long ticks);
}
