using HybridTiered.Entries;
using HybridTiered.Invalidation;

namespace HybridTiered.Redis.Tests.Support;

internal static class Messages
{
    private const long Timestamp = 638_500_000_000_000_000;

    public static InvalidationMessage Key(string key, long origin = 1) => new(InvalidationKind.Key, origin, Timestamp, [key], new EntryVersion(7));

    public static InvalidationMessage Of(InvalidationKind kind, byte[]? payload = null, params string[] names) =>
        new(kind, 1, Timestamp, names, new EntryVersion(7), payload);
}
