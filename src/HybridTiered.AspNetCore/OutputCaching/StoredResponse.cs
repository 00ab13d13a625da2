using System.ComponentModel;

namespace HybridTiered.AspNetCore.OutputCaching;

/// <summary>
/// A response as the output cache middleware has formatted it, with what HTTP says about it where the policy of HTTP caching has stored it.
/// Nobody changes the array once it is here, so L1 hands out the same instance to every request.
/// </summary>
[ImmutableObject(true)]
internal sealed class StoredResponse(byte[] bytes, HttpResponseFacts? facts)
{
    /// <summary>Status, headers and body in the middleware's own format.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>What decides whether the response may be served; <see langword="null"/> where only its lifetime does.</summary>
    public HttpResponseFacts? Facts { get; } = facts;
}
