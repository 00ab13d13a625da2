using System.Text;
using HybridTiered.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Primitives;

namespace HybridTiered.AspNetCore.HttpCaching;

/// <summary>A resource by its URI (RFC 9110, section 7.1): the keys of its responses, and the tag that they all carry.</summary>
internal sealed class HttpResource
{
    private const int LongestUri = PageKey.LongestPlain / 2;

    private readonly string _name;

    private HttpResource(string uri)
    {
        Uri = uri;
        _name = uri.Length <= LongestUri ? uri : "sha256:" + PageKey.HashText(uri);
    }

    /// <summary>The URI, with scheme and host in lower case.</summary>
    public string Uri { get; }

    /// <summary>The tag of all responses of the resource.</summary>
    public string Tag => "uri:" + _name;

    /// <summary>The key of what is known of the resource's <c>Vary</c>.</summary>
    public string VaryKey => PageKey.Prefix + "vary:" + _name;

    /// <summary>The resource that a request is about.</summary>
    public static HttpResource Of(HttpRequest request) => Create(request.Scheme, request.Host, request.PathBase, request.Path, request.QueryString);

    /// <summary>The resource that a field such as <c>Location</c> names, if it is one of the same origin.</summary>
    public static HttpResource? OfSameOrigin(HttpRequest request, string? reference)
    {
        if (string.IsNullOrEmpty(reference)
            || !System.Uri.TryCreate(request.GetEncodedUrl(), UriKind.Absolute, out Uri? origin)
            || !System.Uri.TryCreate(origin, reference, out Uri? target)
            || !origin.GetLeftPart(UriPartial.Authority).Equals(target.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase))
            return null;
        UriHelper.FromAbsolute(target.AbsoluteUri, out string scheme, out _, out PathString path, out QueryString query, out _);
        return Create(scheme, request.Host, default, path, query);
    }

    /// <summary>The key of a variant: the response that the request's values of some fields select (RFC 9111, section 4.1).</summary>
    /// <param name="fields">Names in lower case and in order.</param>
    /// <param name="headers">The request's fields.</param>
    public string KeyOf(string[] fields, IHeaderDictionary headers)
    {
        if (fields.Length == 0)
            return PageKey.Prefix + _name;
        var values = new StringBuilder();
        foreach (string field in fields)
        {
            values.Append(field);
            if (headers.TryGetValue(field, out StringValues lines))
                values.Append(':').AppendJoin(", ", lines.Select(line => line?.Trim()));
            values.Append('\n');
        }
        return $"{PageKey.Prefix}{_name} {PageKey.HashText(values.ToString())}";
    }

    private static HttpResource Create(string scheme, HostString host, PathString pathBase, PathString path, QueryString query) =>
        new(UriHelper.BuildAbsolute(scheme.ToLowerInvariant(), new HostString(host.Value?.ToLowerInvariant() ?? ""), pathBase, path, query));
}
