namespace HybridTiered.Invalidation;

/// <summary>A stretch of the journal.</summary>
/// <param name="Entries">The invalidations after the id that was asked for, oldest first. Entries that could not be understood are left out.</param>
/// <param name="Last">
/// The id from which to go on: that of the newest entry read, understood or not; the id that was asked for when there is nothing newer; the journal's
/// own last id when that lies before the one asked for, as the journal was lost.
/// </param>
/// <param name="ReachesBack">
/// Whether the journal still held everything since the id that was asked for. If not, the reader has to treat everything it holds as invalidated.
/// </param>
/// <param name="HasMore">Whether there are newer entries than <paramref name="Last"/>.</param>
/// <param name="Malformed">How many entries could not be understood.</param>
/// <param name="WentBack">
/// Whether the journal has lost its end, that is, the entry asked after, while it still holds what came before: its server has gone back to an earlier state, and with it
/// whatever else the server keeps.
/// </param>
public readonly record struct JournalPage(
    IReadOnlyList<ReceivedInvalidation> Entries, JournalId Last, bool ReachesBack, bool HasMore, int Malformed = 0, bool WentBack = false);
