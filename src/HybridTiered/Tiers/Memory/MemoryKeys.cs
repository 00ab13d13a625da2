using System.Runtime.CompilerServices;

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
    public static ReadOnlySpan<char> UserKey(string storeKey) =>
        storeKey.Length > 0 && storeKey[0] == RawMark ? storeKey.AsSpan(1) : storeKey;

    /// <summary>Finds an entry of the <c>IDistributedCache</c> face; allocates nothing for keys of usual length.</summary>
    // Every character that is read has been written; to clear them all first would cost as much as the lookup.
    [SkipLocalsInit]
    public static bool TryGetRaw(IMemoryStore store, string key, out MemoryEntry? entry)
    {
        if (key.Length >= StackLimit)
            return store.TryGet(ForRaw(key), out entry);
        Span<char> marked = stackalloc char[StackLimit];
        marked[0] = RawMark;
        key.CopyTo(marked[1..]);
        return store.TryGet(marked[..(key.Length + 1)], out entry);
    }
}
