namespace HybridTiered.Invalidation;

/// <summary>An invalidation as a backplane or a journal hands it over.</summary>
/// <param name="Id">Its place in the journal, or <see cref="JournalId.None"/> when it was not journalled.</param>
/// <param name="Message">What it says.</param>
public readonly record struct ReceivedInvalidation(JournalId Id, InvalidationMessage Message);
