using HybridTiered.Tiers;

namespace HybridTiered.Invalidation;

/// <summary>
/// What a tier of reach <see cref="TierReach.Machine"/> must be able to do besides: it outlives the process, so it remembers how far in
/// the journal its content is known to be right, and can be emptied when that is too far back.
/// </summary>
public interface IJournalFollower : ICacheTier
{
    /// <summary>The id of the last invalidation that this tier's content reflects, or <see cref="JournalId.None"/> when it was never told.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<JournalId> ReadJournalPositionAsync(CancellationToken cancellationToken);

    /// <summary>Remembers durably that all invalidations up to an id have been applied.</summary>
    /// <param name="position">The id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask WriteJournalPositionAsync(JournalId position, CancellationToken cancellationToken);

    /// <summary>Removes everything.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask ClearAsync(CancellationToken cancellationToken);
}
