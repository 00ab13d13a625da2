namespace HybridTiered.Invalidation;

/// <summary>An invalidation as a backplane or a journal hands it over.</summary>
/// <param name="Id">Its place in the journal, or <see cref="JournalId.None"/> when it was not journalled.</param>
/// <param name="Message">What it says.</param>
/// <param name="Previous">
/// The id of the journal's entry before it, <see cref="JournalId.None"/> if there was none; <see langword="null"/> if the backplane does not tell. From it a receiver
/// sees at once whether it has missed a message, and otherwise need not read from the journal what it has been told.
/// </param>
public readonly record struct ReceivedInvalidation(JournalId Id, InvalidationMessage Message, JournalId? Previous = null);
