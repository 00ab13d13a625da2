namespace HybridTiered.Tests.Support;

/// <summary>Every way in which the old value of a key can be done away with. All act upon the key <see cref="Key"/>, tagged <see cref="Tag"/>.</summary>
public static class Invalidations
{
    public const string Key = "user:1";
    public const string Tag = "users";
    public const string NewValue = "new";

    public static readonly string[] All = ["key", "keys", "tag", "pattern", "clear", "everything", "set", "update"];

    /// <summary>Those after which the shared tier itself refuses outdated writes.</summary>
    public static readonly string[] ByKey = ["key", "keys", "set", "update"];

    /// <summary>What later reads may find: the new value of those that bring one, otherwise nothing.</summary>
    public static string? Outcome(string kind) => kind is "set" or "update" ? NewValue : null;

    public static Task RunAsync(TestCache cache, string kind) => kind switch
    {
        "key" => cache.Hybrid.RemoveAsync(Key).AsTask(),
        "keys" => cache.Hybrid.RemoveAsync([Key, "user:2"]).AsTask(),
        "tag" => cache.Hybrid.RemoveByTagAsync(Tag).AsTask(),
        "pattern" => cache.Cache.RemoveByPatternAsync("user:*").AsTask(),
        "clear" => cache.Cache.ClearAsync().AsTask(),
        "everything" => cache.Hybrid.RemoveByTagAsync("*").AsTask(),
        "set" => cache.Hybrid.SetAsync(Key, NewValue, tags: [Tag]).AsTask(),
        "update" => cache.Cache.UpdateAsync(Key, NewValue, tags: [Tag]).AsTask(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind of invalidation"),
    };
}
