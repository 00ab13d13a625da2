namespace HybridTiered.Invalidation;

/// <summary>Keeps the last invalidations in order, for audit and for instances that have missed some.</summary>
public interface IJournal
{
    /// <summary>The id of the newest invalidation, or <see cref="JournalId.None"/> while the journal is empty.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<JournalId> ReadLastIdAsync(CancellationToken cancellationToken);

    /// <summary>Reads what came after an id, oldest first.</summary>
    /// <param name="after">The id that the reader applied last.</param>
    /// <param name="maximum">How many at most, 1 or more.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<JournalPage> ReadAfterAsync(JournalId after, int maximum, CancellationToken cancellationToken);
}
