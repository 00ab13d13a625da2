using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Items;

/// <summary>
/// The 32 bits that the server keeps beside an item and returns without the body: whether it is a tombstone, and a sliding window in
/// seconds, which is all that is needed to start the window again.
/// </summary>
internal static class ItemFlags
{
    /// <summary>The item has no value; it keeps the version of a removed key.</summary>
    public const uint Tombstone = 1u << 31;

    private const uint Sliding = 1u << 30;
    private const uint WindowMask = Sliding - 1;

    public static uint For(TierLifetime lifetime) =>
        lifetime.Sliding is { } window ? Sliding | (uint)Math.Min(Expiration.SecondsFor(window), WindowMask) : 0;

    /// <summary>The seconds after which the server may drop the item unless it is touched again, or <see langword="null"/> for an item that
    /// does not slide.</summary>
    public static long? WindowSeconds(uint flags) => (flags & (Tombstone | Sliding)) == Sliding ? flags & WindowMask : null;
}
