using HybridTiered.AspNetCore.OutputCaching;

namespace HybridTiered.AspNetCore.HttpCaching;

/// <summary>Whether a stored response answers a request (RFC 9111, sections 3.5, 4.2 and 5.2.1).</summary>
internal static class Reuse
{
    /// <summary>Decides.</summary>
    /// <param name="stored">What is known of the stored response.</param>
    /// <param name="request">The directives of the request, other than <c>no-cache</c>.</param>
    /// <param name="isAuthorized">Whether the request says who is asking.</param>
    /// <param name="now">The time of the request.</param>
    public static bool IsAllowed(HttpResponseFacts stored, CacheControl request, bool isAuthorized, DateTimeOffset now)
    {
        if (isAuthorized && !stored.ForAuthorized)
            return false;
        TimeSpan age = stored.AgeAt(now);
        if (age > request.MaxAge)
            return false;
        TimeSpan left = stored.Freshness - age;
        if (left > TimeSpan.Zero)
            return !(left < request.MinFresh);
        return !stored.NeverStale && request.MinFresh is null && -left <= request.MaxStale;
    }
}
