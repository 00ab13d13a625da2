namespace Storefront;

/// <summary>What the source had to do.</summary>
/// <param name="Reads">Reads so far.</param>
/// <param name="Writes">Changes so far.</param>
internal sealed record SourceStatistics(long Reads, long Writes);
