using HybridTiered;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Storefront;

/// <summary><c>/categories/{name}</c>: pages that consist of many products, and die by tag when one of them changes.</summary>
internal static class CategoryEndpoints
{
    private const int LongestName = 100;

    public static void MapCategories(this IEndpointRouteBuilder routes) => routes.MapGet("/categories/{name}", ReadAsync);

    /// <summary>The tag of everything that shows products of a category.</summary>
    public static string TagOf(string category) => "category:" + category;

    /// <summary>Reads a category through the cache.</summary>
    public static ValueTask<CacheResult<CategoryPage?>> FindAsync(string name, ITieredCache cache, Catalogue catalogue, CancellationToken cancellationToken) =>
        cache.GetOrCreateResultAsync(
            "category:" + name, (catalogue, name), static async (source, token) => await source.catalogue.FindCategoryAsync(source.name, token),
            tags: [TagOf(name), "categories"], cancellationToken: cancellationToken);

    private static async Task<Results<Ok<CategoryPage>, ProblemHttpResult>> ReadAsync(
        string name, ITieredCache cache, Catalogue catalogue, HttpResponse response, CancellationToken cancellationToken)
    {
        if (Names.MistakeIn(name, "category", LongestName) is { } mistake)
            return Problems.BadRequest(mistake);
        CacheResult<CategoryPage?> result = await FindAsync(name, cache, catalogue, cancellationToken);
        response.ShowTier(result.Source);
        return result.Value is { } page ? TypedResults.Ok(page) : Problems.NotFound($"There is no category '{name}'.");
    }
}
