using HybridTiered;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Caching.Hybrid;

namespace Storefront;

/// <summary><c>DELETE /cache/...</c>: invalidates by key, tag or pattern.</summary>
internal static class CacheEndpoints
{
    private const int LongestName = 1024;

    public static void MapCache(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder cache = routes.MapGroup("/cache");
        // Keys and tags may hold slashes.
        cache.MapDelete("/keys/{**key}", RemoveKeyAsync);
        cache.MapDelete("/tags/{**tag}", RemoveTagAsync);
        cache.MapDelete("", RemovePatternAsync);
    }

    private static Task<Results<NoContent, ProblemHttpResult>> RemoveKeyAsync(string? key, HybridCache cache) =>
        RemoveAsync(key, nameof(key), name => cache.RemoveAsync(name));

    private static Task<Results<NoContent, ProblemHttpResult>> RemoveTagAsync(string? tag, HybridCache cache) =>
        RemoveAsync(tag, nameof(tag), name => cache.RemoveByTagAsync(name));

    private static Task<Results<NoContent, ProblemHttpResult>> RemovePatternAsync(string? pattern, ITieredCache cache) =>
        RemoveAsync(pattern, nameof(pattern), name => cache.RemoveByPatternAsync(name));

    // Not cancelled with the request: half an invalidation helps nobody.
    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(string? name, string what, Func<string, ValueTask> remove)
    {
        if (Names.MistakeIn(name, what, LongestName) is { } mistake)
            return Problems.BadRequest(mistake);
        await remove(name!);
        return TypedResults.NoContent();
    }
}
