using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Serialization;

/// <summary>The serializer that serves a type, and what it can be trusted with.</summary>
internal sealed class ResolvedSerializer<T>(IHybridCacheSerializer<T> serializer)
{
    public IHybridCacheSerializer<T> Serializer { get; } = serializer;

    /// <summary>
    /// Whether a null value has bytes of its own. JSON writes <c>null</c>, and other serializers are handed nulls as Microsoft's cache
    /// hands them. A string or byte array is stored as its bare bytes, where null and empty are the same, and Microsoft's reader knows no
    /// other form; so a null of these types must stay in L1, whoever serves the type.
    /// </summary>
    public bool CanRepresentNull { get; } = typeof(T) != typeof(string) && typeof(T) != typeof(byte[]);
}
