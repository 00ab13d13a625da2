using HybridTiered;

namespace Storefront;

/// <summary>The answer of <c>/stats</c>.</summary>
/// <param name="Source">What the source had to do.</param>
/// <param name="Cache">What the cache did.</param>
internal sealed record StorefrontStatistics(SourceStatistics Source, CacheStatistics Cache);
