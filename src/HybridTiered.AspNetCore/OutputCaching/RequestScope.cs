using HybridTiered.AspNetCore.HttpCaching;

namespace HybridTiered.AspNetCore.OutputCaching;

/// <summary>
/// What the store has to know of the request that it is asked for, because the middleware's interface tells it nothing but a key: when the request began, and what
/// <see cref="HttpCachingPolicy"/> has decided about it.
/// </summary>
internal sealed class RequestScope(long startedAt)
{
    private static readonly AsyncLocal<RequestScope?> Flowing = new();

    /// <summary>The scope of the request under way, or <see langword="null"/> outside of one.</summary>
    public static RequestScope? Current
    {
        get => Flowing.Value;
        set => Flowing.Value = value;
    }

    /// <summary>A timestamp from before the application has read anything for the response.</summary>
    public long StartedAt { get; } = startedAt;

    /// <summary>What is to happen by the rules of HTTP; <see langword="null"/> where they do not rule.</summary>
    public HttpExchange? Http { get; set; }
}
