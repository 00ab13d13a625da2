using System.Globalization;
using HybridTiered;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Storefront;

/// <summary><c>/cart</c>: what a visitor has chosen, in the framework's session, which is in the same cache and thus the same on every instance.</summary>
internal static class CartEndpoints
{
    private const string Key = "cart";
    private const int MostItems = 100;

    public static void MapCart(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/cart", ShowAsync);
        routes.MapPost("/cart/{id}", AddAsync);
    }

    private static async Task<ContentHttpResult> ShowAsync(HttpContext context, ITieredCache cache, Catalogue catalogue, CancellationToken cancellationToken)
    {
        await context.Session.LoadAsync(cancellationToken);
        var items = new List<string>();
        foreach (int id in Read(context.Session))
        {
            if ((await ProductEndpoints.FindAsync(id, cache, catalogue, cancellationToken)).Value is { } product)
                items.Add(string.Create(CultureInfo.InvariantCulture, $"<li>{Html.Encode(product.Name)}, {product.Price:N2}"));
        }
        return Html.Page("Cart", items.Count == 0 ? "<p>There is nothing in it.</p>" : $"<ul>{string.Concat(items)}</ul>");
    }

    private static async Task<Results<RedirectHttpResult, ProblemHttpResult>> AddAsync(
        string id, HttpContext context, ITieredCache cache, Catalogue catalogue, CancellationToken cancellationToken)
    {
        if (!ProductEndpoints.TryParse(id, out int number) || !(await ProductEndpoints.FindAsync(number, cache, catalogue, cancellationToken) is { Value: not null }))
            return Problems.NotFound($"There is no product '{id}'.");
        await context.Session.LoadAsync(cancellationToken);
        List<int> items = Read(context.Session);
        if (items.Count == MostItems)
            return Problems.BadRequest($"The cart is full: it holds {MostItems} items.");
        items.Add(number);
        context.Session.SetString(Key, string.Join(',', items.Select(item => item.ToString(CultureInfo.InvariantCulture))));
        return TypedResults.Redirect("/cart");
    }

    private static List<int> Read(ISession session) =>
        session.GetString(Key) is { Length: > 0 } items ? [.. items.Split(',').Select(item => int.Parse(item, CultureInfo.InvariantCulture))] : [];
}
