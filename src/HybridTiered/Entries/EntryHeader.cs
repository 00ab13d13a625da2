namespace HybridTiered.Entries;

/// <summary>What an entry says about itself, in every tier that keeps bytes.</summary>
/// <param name="Created">Start of the computation that made the value, in UTC ticks.</param>
/// <param name="Duration">
/// Life that the value was given when it was made, counted from <paramref name="Created"/>, before any tier scales it.
/// </param>
/// <param name="Granted">
/// Life of this very copy, counted from <paramref name="Created"/>, where it is not <paramref name="Duration"/>: a promotion grants no
/// more than the lower tier had left. <see langword="null"/> where both are the same.
/// </param>
/// <param name="Tags">The tags, possibly none.</param>
internal readonly record struct EntryHeader(long Created, TimeSpan Duration, TimeSpan? Granted, string[] Tags)
{
    /// <summary>What the source said about the version of the value. Takes the extended layout.</summary>
    public EntryValidators? Validators { get; init; }

    /// <summary>How many bytes the payload has that is stored compressed; <see langword="null"/> when it is stored as it is. Takes the extended layout.</summary>
    public long? ExpandedLength { get; init; }

    /// <summary>How long this copy lives, counted from <see cref="Created"/>.</summary>
    public TimeSpan Life => Granted ?? Duration;
}
