using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;

namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>
/// The one page: markup, style and script in a single answer. Its policy lets nothing run or load but what bears the answer's own number, so that whatever a key or a value
/// holds stays text even if the script should ever show it wrongly.
/// </summary>
internal sealed class DashboardPage(DashboardOptions options, IAntiforgery antiforgery)
{
    private readonly string _markup = Read("dashboard.html")
        .Replace("/*style*/", Read("dashboard.css"), StringComparison.Ordinal)
        .Replace("/*script*/", string.Concat(Read("numbers.js"), Read("chain.js"), Read("lists.js")), StringComparison.Ordinal);

    public Task AnswerAsync(HttpContext context)
    {
        string nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        AntiforgeryTokenSet tokens = antiforgery.GetAndStoreTokens(context);
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(
            _markup.Replace("{{nonce}}", nonce, StringComparison.Ordinal)
                .Replace("{{base}}", Attribute(context.Request.PathBase + context.Request.Path.Value!.TrimEnd('/')), StringComparison.Ordinal)
                .Replace("{{header}}", Attribute(tokens.HeaderName!), StringComparison.Ordinal)
                .Replace("{{token}}", Attribute(tokens.RequestToken!), StringComparison.Ordinal)
                .Replace("{{values}}", options.ShowValues ? "yes" : "no", StringComparison.Ordinal),
            context.RequestAborted);
    }

    private static string Attribute(string text) => HtmlEncoder.Default.Encode(text);

    private static string Read(string name)
    {
        using Stream resource = typeof(DashboardPage).Assembly.GetManifestResourceStream($"{typeof(DashboardPage).Namespace}.{name}")
            ?? throw new InvalidOperationException($"The resource '{name}' is missing in the assembly.");
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
