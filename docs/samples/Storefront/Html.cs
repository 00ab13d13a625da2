using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Storefront;

/// <summary>Pages for people. Whatever comes from the catalogue or a client goes through <see cref="Encode"/>.</summary>
internal static class Html
{
    /// <summary>A text as it may stand in a page.</summary>
    public static string Encode(string text) => HtmlEncoder.Default.Encode(text);

    /// <summary>A page.</summary>
    /// <param name="title">Its title, not encoded.</param>
    /// <param name="body">What is below the title, as HTML.</param>
    /// <param name="statusCode">The status of the answer.</param>
    public static ContentHttpResult Page(string title, string body, int statusCode = StatusCodes.Status200OK) => TypedResults.Content(
        $$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>{{Encode(title)}}</title>
        <style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }</style>
        </head>
        <body>
        <p><a href="/shop">Shop</a> <a href="/cart">Cart</a></p>
        <h1>{{Encode(title)}}</h1>
        {{body}}
        </body>
        </html>
        """, "text/html; charset=utf-8", statusCode: statusCode);
}
