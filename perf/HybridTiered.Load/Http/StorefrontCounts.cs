namespace HybridTiered.Load.Http;

/// <summary>What the source behind a storefront had to do so far.</summary>
internal readonly record struct StorefrontCounts(long Reads, long Writes);
