namespace HybridTiered.Entries;

/// <summary>What a source says about the version of a value, so that it can be asked later whether there is a newer one.</summary>
/// <param name="ETag">The entity tag, as the source writes it.</param>
/// <param name="LastModified">When the value was last changed at the source.</param>
internal sealed record EntryValidators(string? ETag, DateTimeOffset? LastModified);
