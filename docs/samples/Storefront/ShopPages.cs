using System.Globalization;
using HybridTiered;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OutputCaching;

namespace Storefront;

/// <summary>
/// <c>/shop</c>: whole pages in the output cache. A page carries the tags of what it shows, and dies on every instance when one of these is changed, even if it was
/// being rendered just then.
/// </summary>
internal static class ShopPages
{
    private const int LongestName = 100;
    private const int Duration = 600;

    public static void MapShop(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/shop", ShowCategories);
        routes.MapGet("/shop/categories/{name}", ShowCategoryAsync);
        routes.MapGet("/shop/products/{id}", ShowProductAsync);
    }

    private static ContentHttpResult ShowCategories() => Html.Page(
        "Shop", $"<ul>{string.Concat(Catalogue.Categories.Select(name => $"<li><a href=\"/shop/categories/{name}\">{name}</a>"))}</ul>");

    [OutputCache(Duration = Duration, Tags = ["categories"])]
    private static async Task<ContentHttpResult> ShowCategoryAsync(
        string name, ITieredCache cache, Catalogue catalogue, HttpContext context, CancellationToken cancellationToken)
    {
        if (name.Length > LongestName)
            return NotFound();
        CategoryPage? category = await CategoryEndpoints.FindAsync(name, cache, catalogue, cancellationToken) is { Value: { } found } ? found : null;
        if (category is null)
            return NotFound();
        Tag(context, CategoryEndpoints.TagOf(name));
        return Html.Page(name, $"<ul>{string.Concat(category.Products.Select(Item))}</ul>");

        static string Item(Product product) =>
            string.Create(CultureInfo.InvariantCulture, $"<li><a href=\"/shop/products/{product.Id}\">{Html.Encode(product.Name)}</a>, {product.Price:N2}");
    }

    [OutputCache(Duration = Duration, Tags = ["products"])]
    private static async Task<ContentHttpResult> ShowProductAsync(
        string id, ITieredCache cache, Catalogue catalogue, HttpContext context, CancellationToken cancellationToken)
    {
        if (!ProductEndpoints.TryParse(id, out int number)
            || await ProductEndpoints.FindAsync(number, cache, catalogue, cancellationToken) is not { Value: { } product })
            return NotFound();
        Tag(context, ProductEndpoints.TagOf(number));
        return Html.Page(product.Name, string.Create(CultureInfo.InvariantCulture, $"""
            <p>{product.Price:N2}, in <a href="/shop/categories/{product.Category}">{product.Category}</a>, version {product.Version}</p>
            <form method="post" action="/cart/{product.Id}"><button>Add to cart</button></form>
            """));
    }

    private static void Tag(HttpContext context, string tag) => context.Features.GetRequiredFeature<IOutputCacheFeature>().Context.Tags.Add(tag);

    private static ContentHttpResult NotFound() => Html.Page("Not found", "<p>There is no such page.</p>", StatusCodes.Status404NotFound);
}
