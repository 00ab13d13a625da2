using HybridTiered.AspNetCore.OutputCaching;

namespace HybridTiered.AspNetCore.HttpCaching;

/// <summary>One request under the rules of HTTP, from the policy's first decision to its last.</summary>
/// <param name="Resource">What it is about.</param>
/// <param name="KnownVary">The fields that responses of the resource are known to vary by; <see langword="null"/> where nothing is known.</param>
/// <param name="IsAuthorized">Whether it says who is asking.</param>
/// <param name="RequestedAt">When it came.</param>
/// <param name="BegunAt">The same as a timestamp.</param>
/// <param name="Chosen">What is known of the stored response that answers it; <see langword="null"/> if there is none.</param>
internal sealed record HttpExchange(
    HttpResource Resource, string[]? KnownVary, bool IsAuthorized, DateTimeOffset RequestedAt, long BegunAt, HttpResponseFacts? Chosen);
