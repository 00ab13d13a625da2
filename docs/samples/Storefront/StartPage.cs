namespace Storefront;

/// <summary><c>/</c>: what there is to try.</summary>
internal static class StartPage
{
    private static readonly string Html = $$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Storefront</title>
        <style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem } pre { background: #8882; padding: 1rem; overflow: auto }</style>
        </head>
        <body>
        <h1>Storefront</h1>
        <p>{{Catalogue.ProductCount:N0}} products behind a source that takes {{Catalogue.ReadTime.TotalMilliseconds}} ms per read.
        The header <code>{{TierHeader.Name}}</code> of each answer says where it came from.</p>
        <ul>
        <li><a href="/products/42">/products/42</a>: one product: the second time from L1, and from L2 after a restart</li>
        <li>{{string.Join(", ", Catalogue.Categories.Select(name => $"<a href=\"/categories/{name}\">{name}</a>"))}}: all products of a category</li>
        <li><a href="/shop">/shop</a>: pages in the output cache, and a <a href="/cart">cart</a> in the session</li>
        <li><a href="/health">/health</a>: how the tiers are</li>
        <li><a href="/stats">/stats</a>: what the cache and the source have done</li>
        <li><a href="/cache">/cache</a>: the cache at work, in the environment Development</li>
        <li><a href="/metrics">/metrics</a>: the same for Prometheus</li>
        </ul>
        <pre id="commands">
        curl -i {base}/products/42
        curl -i -X PUT {base}/products/42 -H 'Content-Type: application/json' -d '{"name":"Red kettle","price":19.9}'
        curl -i -X DELETE {base}/cache/keys/product:42
        curl -i -X DELETE {base}/cache/tags/products
        curl -i -X DELETE '{base}/cache?pattern=product:4*'
        curl {base}/stats</pre>
        <script>commands.textContent = commands.textContent.replaceAll("{base}", location.origin)</script>
        </body>
        </html>
        """;

    public static void MapStartPage(this IEndpointRouteBuilder routes) => routes.MapGet("/", static () => TypedResults.Text(Html, "text/html; charset=utf-8"));
}
