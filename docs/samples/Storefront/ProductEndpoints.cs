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

    /// <summary>The tag of every page that shows a product.</summary>
    public static string TagOf(int id) => KeyOf(id);

    /// <summary>Reads a product through the cache.</summary>
    public static ValueTask<CacheResult<Product?>> FindAsync(int id, ITieredCache cache, Catalogue catalogue, CancellationToken cancellationToken) =>
        cache.GetOrCreateResultAsync(
            KeyOf(id), (catalogue, id), static async (source, token) => await source.catalogue.FindAsync(source.id, token), tags: Tags,
            cancellationToken: cancellationToken);

    /// <summary>Reads the number of a product.</summary>
    public static bool TryParse(string text, out int id) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id > 0;

    private static async Task<Results<Ok<Product>, ProblemHttpResult>> ReadAsync(
        string id, ITieredCache cache, Catalogue catalogue, HttpResponse response, CancellationToken cancellationToken)
    {
        if (!TryParse(id, out int number))
            return NoNumber();
        CacheResult<Product?> result = await FindAsync(number, cache, catalogue, cancellationToken);
        response.ShowTier(result.Source);
        return result.Value is { } product ? TypedResults.Ok(product) : Unknown(number);
    }

    private static async Task<Results<Ok<Product>, ValidationProblem, ProblemHttpResult>> ChangeAsync(
        string id, [FromBody] ProductChange change, HybridCache cache, Catalogue catalogue, HttpResponse response)
    {
        if (!TryParse(id, out int number))
            return NoNumber();
        if (change.Mistakes() is { Count: > 0 } mistakes)
            return TypedResults.ValidationProblem(mistakes);
        if (await catalogue.UpdateAsync(number, change.Name!, change.Price!.Value) is not { } changed)
            return Unknown(number);

        // The source first: whoever reads it after the invalidation sees the new state. Not cancelled with the request, because the change is made.
        // Redis may be away: the change is made all the same, and the cache goes on telling the others.
        bool toldAll = await Invalidation.TryAsync(cache.RemoveAsync(KeyOf(number)))
            & await Invalidation.TryAsync(cache.RemoveByTagAsync([TagOf(number), CategoryEndpoints.TagOf(changed.Category)]));
        if (!toldAll)
            response.Headers[Invalidation.Header] = "pending";
        return TypedResults.Ok(changed);
    }

    private static string KeyOf(int id) => string.Create(CultureInfo.InvariantCulture, $"product:{id}");

    private static ProblemHttpResult NoNumber() => Problems.BadRequest("The id of a product is a whole number from 1 up.");

    private static ProblemHttpResult Unknown(int id) => Problems.NotFound($"There is no product {id}.");
}
