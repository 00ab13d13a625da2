using HybridTiered.AspNetCore.OutputCaching;

namespace HybridTiered.AspNetCore.HttpCaching;

/// <summary>One request under the rules of HTTP: what it asked for, what was decided, and under which key and for how long its response is to be kept.</summary>
internal sealed class HttpExchange(HttpResource resource, CacheControl directives, bool isAuthorized)
{
    public HttpResource Resource { get; } = resource;

    /// <summary>The directives of the request.</summary>
    public CacheControl Directives { get; } = directives;

    /// <summary>Whether the request says who is asking.</summary>
    public bool IsAuthorized { get; } = isAuthorized;

    /// <summary>When the request came.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>The fields that responses of the resource are known to vary by; <see langword="null"/> where nothing is known.</summary>
    public string[]? KnownVary { get; init; }

    /// <summary>The key of the variant that the request selects.</summary>
    public required string StorageKey { get; init; }

    /// <summary>The stored response that answers the request, if there is one.</summary>
    public StoredResponse? Chosen { get; set; }

    /// <summary>What to keep of the response beside itself.</summary>
    public HttpResponseFacts? Facts { get; set; }

    /// <summary>How long to keep the response.</summary>
    public TimeSpan? Lifetime { get; set; }
}
