using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Serialization;

/// <summary>The serializer that serves a type, and what it can be trusted with.</summary>
internal sealed class ResolvedSerializer<T>(IHybridCacheSerializer<T> serializer)
{
    private int _lastLength;

    public IHybridCacheSerializer<T> Serializer { get; } = serializer;

    /// <summary>
    /// Whether a null value has bytes of its own. JSON writes <c>null</c>, and other serializers are handed nulls as Microsoft's cache
    /// hands them. A string or byte array is stored as its bare bytes, where null and empty are the same, and Microsoft's reader knows no
    /// other form; so a null of these types must stay in L1, whoever serves the type.
    /// </summary>
    public bool CanRepresentNull { get; } = typeof(T) != typeof(string) && typeof(T) != typeof(byte[]);

    /// <summary>
    /// How long the next value's bytes will probably be: as long as the shorter of the last two, so that a large value now and then does not make all the others take large buffers.
    /// </summary>
    public int ExpectedLength { get; private set; }

    /// <summary>Notes how long a value's bytes were. Of values at the same time some may be missed: it is a guess.</summary>
    public void Expect(int length)
    {
        int expected = Math.Min(_lastLength, length);
        // Mostly they are alike, and what is not written does not pull the cache line from other cores.
        if (_lastLength != length)
            _lastLength = length;
        if (ExpectedLength != expected)
            ExpectedLength = expected;
    }
}
