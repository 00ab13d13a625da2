using System.Globalization;
using HybridTiered;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Caching.Hybrid;

namespace Storefront;

/// <summary><c>/products/{id}</c>: read through the cache, and changed past it.</summary>
internal static class ProductEndpoints
{
    private static readonly string[] Tags = ["products"];

    public static void MapProducts(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/products/{id}", ReadAsync);
        routes.MapPut("/products/{id}", ChangeAsync);
    }

    private static async Task<Results<Ok<Product>, ProblemHttpResult>> ReadAsync(
        string id, ITieredCache cache, Catalogue catalogue, HttpResponse response, CancellationToken cancellationToken)
    {
        if (!TryParse(id, out int number))
            return NoNumber();
        CacheResult<Product?> result = await cache.GetOrCreateResultAsync(
            KeyOf(number), (catalogue, number), static async (source, token) => await source.catalogue.FindAsync(source.number, token),
            tags: Tags, cancellationToken: cancellationToken);
        response.ShowTier(result.Source);
        return result.Value is { } product ? TypedResults.Ok(product) : Unknown(number);
    }

    private static async Task<Results<Ok<Product>, ValidationProblem, ProblemHttpResult>> ChangeAsync(
        string id, [FromBody] ProductChange change, HybridCache cache, Catalogue catalogue)
    {
        if (!TryParse(id, out int number))
            return NoNumber();
        if (change.Mistakes() is { Count: > 0 } mistakes)
            return TypedResults.ValidationProblem(mistakes);
        if (catalogue.Update(number, change.Name!, change.Price!.Value) is not { } changed)
            return Unknown(number);

        // The source first: whoever reads it after the invalidation sees the new state. Not cancelled with the request, because the change is made.
        await cache.RemoveAsync(KeyOf(number));
        await cache.RemoveByTagAsync(CategoryEndpoints.TagOf(changed.Category));
        return TypedResults.Ok(changed);
    }

    private static string KeyOf(int id) => string.Create(CultureInfo.InvariantCulture, $"product:{id}");

    private static bool TryParse(string text, out int id) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id > 0;

    private static ProblemHttpResult NoNumber() => Problems.BadRequest("The id of a product is a whole number from 1 up.");

    private static ProblemHttpResult Unknown(int id) => Problems.NotFound($"There is no product {id}.");
}
