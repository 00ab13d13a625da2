using System.Diagnostics.CodeAnalysis;

namespace HybridTiered.Tiers.Memory;

/// <summary>
/// How the two faces share one store without meeting: keys of the <c>IDistributedCache</c> face carry a leading control character,
/// which no key of the <c>HybridCache</c> face can contain.
/// </summary>
internal static class MemoryKeys
{
    private const char RawMark = '\u0001';
    private const int StackLimit = 128;

    public static string ForRaw(string key) => RawMark + key;

    /// <summary>The key as the application knows it.</summary>
    public static ReadOnlySpan<char> UserKey(ReadOnlySpan<char> storeKey) => IsRaw(storeKey) ? storeKey[1..] : storeKey;

    /// <summary>Whether a key in a store is one of the <c>IDistributedCache</c> face.</summary>
    public static bool IsRaw(ReadOnlySpan<char> storeKey) => storeKey.Length > 0 && storeKey[0] == RawMark;

    /// <summary>Whether a key in a store is that of a face and a key as the application knows it.</summary>
    public static bool Are(string storeKey, ReadOnlySpan<char> userKey, bool isRaw) =>
        isRaw ? IsRaw(storeKey) && userKey.SequenceEqual(storeKey.AsSpan(1)) : userKey.SequenceEqual(storeKey);

    /// <summary>Finds an entry of the <c>IDistributedCache</c> face in a store of any kind; allocates nothing for keys of usual length.</summary>
    public static bool TryGetRaw(IMemoryStore store, string key, [NotNullWhen(true)] out MemoryEntry? entry)
    {
        if (key.Length >= StackLimit)
            return store.TryGet(ForRaw(key), out entry);
        Span<char> marked = stackalloc char[StackLimit];
        marked[0] = RawMark;
        key.CopyTo(marked[1..]);
        return store.TryGet(marked[..(key.Length + 1)], out entry);
    }
}
