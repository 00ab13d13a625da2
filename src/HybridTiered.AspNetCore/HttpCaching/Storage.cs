using System.Collections.Frozen;
using System.Globalization;
using HybridTiered.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace HybridTiered.AspNetCore.HttpCaching;

/// <summary>Whether a response is stored, and for how long it is fresh (RFC 9111, sections 3 and 4.2).</summary>
internal static class Storage
{
    // The status codes whose meaning for caching is known here (section 5.2.2.3). A part of a response (206) is not: ranges are not combined.
    private static readonly FrozenSet<int> Understood = FrozenSet.Create(200, 203, 204, 300, 301, 302, 307, 308, 404, 405, 410, 414, 501);

    // RFC 9110, section 15.1: those whose freshness may be guessed.
    private static readonly FrozenSet<int> HeuristicallyCacheable = FrozenSet.Create(200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501);

    // Section 3.1: fields of the connection must not be stored. The middleware stores all, so that a response which has one is not stored itself.
    private static readonly string[] OfTheConnection =
        [HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.TE, HeaderNames.Upgrade, HeaderNames.ProxyAuthenticate, "Proxy-Authentication-Info", HeaderNames.ProxyAuthorization];

    /// <summary>Judges the response to a GET.</summary>
    /// <param name="response">The response, complete.</param>
    /// <param name="isAuthorized">Whether the request said who was asking.</param>
    /// <param name="requestedAt">When the request came.</param>
    /// <param name="receivedAt">When the response began.</param>
    /// <param name="options">How to guess.</param>
    /// <returns>What to keep of it, or <see langword="null"/> if it is not to be stored.</returns>
    public static HttpResponseFacts? Judge(
        HttpResponse response, bool isAuthorized, DateTimeOffset requestedAt, DateTimeOffset receivedAt, HttpCachingOptions options)
    {
        IHeaderDictionary headers = response.Headers;
        CacheControl directives = CacheControl.Parse(headers.CacheControl);
        bool forAuthorized = directives.Public || directives.MustRevalidate || directives.SharedMaxAge is not null;
        if (!Understood.Contains(response.StatusCode)
            || (directives.NoStore && !directives.MustUnderstand)
            || directives.Private
            || directives.NoCache
            || (isAuthorized && !forAuthorized)
            // RFC 6265 knows no shared cookie; section 7.3 leaves it to the cache.
            || headers.SetCookie.Count > 0
            || Array.Exists(OfTheConnection, headers.ContainsKey))
            return null;
        TimeSpan initialAge = InitialAge(headers, receivedAt - requestedAt);
        if (Freshness(response, directives, receivedAt, options) is not { } freshness || freshness <= initialAge)
            return null;
        bool neverStale = directives.MustRevalidate || directives.ProxyRevalidate || directives.SharedMaxAge is not null;
        return new HttpResponseFacts(receivedAt.UtcTicks, initialAge, freshness, response.StatusCode, neverStale, forAuthorized);
    }

    /// <summary>The fields by which a response varies, in lower case and in order; <see langword="null"/> if no two requests are alike (<c>*</c>).</summary>
    public static string[]? VaryOf(StringValues vary)
    {
        if (vary.Count == 0)
            return [];
        string[] names = [.. vary
            .SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Select(name => name.ToLowerInvariant())
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)];
        return names.Contains("*") ? null : names;
    }

    // Section 4.2.1, for a shared cache.
    private static TimeSpan? Freshness(HttpResponse response, CacheControl directives, DateTimeOffset receivedAt, HttpCachingOptions options)
    {
        if ((directives.SharedMaxAge ?? directives.MaxAge) is { } explicitly)
            return explicitly;
        IHeaderDictionary headers = response.Headers;
        // The Date of a response is when it began: the middleware sets it so, over what the application has set.
        if (headers.Expires.Count > 0)
            return headers.Expires.Count == 1 && HeaderUtilities.TryParseDate(headers.Expires[0], out DateTimeOffset expires) ? expires - receivedAt : TimeSpan.Zero;
        if (options.HeuristicFraction > 0
            && HeuristicallyCacheable.Contains(response.StatusCode)
            && HeaderUtilities.TryParseDate(headers.LastModified.ToString(), out DateTimeOffset modified)
            && modified < receivedAt)
        {
            TimeSpan guess = (receivedAt - modified) * options.HeuristicFraction;
            return guess < options.MaximumHeuristicFreshness ? guess : options.MaximumHeuristicFreshness;
        }
        return null;
    }

    // Section 4.2.3. Without an Age the response was made right here, and is new when it begins.
    private static TimeSpan InitialAge(IHeaderDictionary headers, TimeSpan responseDelay) =>
        long.TryParse(headers.Age.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out long age)
            ? TimeSpan.FromSeconds(Math.Min(age, int.MaxValue)) + responseDelay
            : TimeSpan.Zero;
}
