using HybridTiered;

namespace Storefront;

/// <summary><c>/stats</c>: what the cache did, and what it could not keep from the source.</summary>
internal static class StatisticsEndpoint
{
    public static void MapStatistics(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/stats", static (ITieredCache cache, Catalogue catalogue) => TypedResults.Ok(new StorefrontStatistics(
            new SourceStatistics(catalogue.Reads, catalogue.Writes), cache.GetStatistics())));
}
