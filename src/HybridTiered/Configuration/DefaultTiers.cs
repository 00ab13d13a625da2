namespace HybridTiered.Configuration;

/// <summary>
/// What a cache consists of when nobody says: L1, and Redis if its package is there and a server is configured; otherwise the application's
/// <c>IDistributedCache</c>, as with Microsoft's <c>AddHybridCache</c>.
/// </summary>
internal static class DefaultTiers
{
    public static void AddTo(HybridTieredBuilder builder)
    {
        // A constant name, so that trimming sees it and keeps the type where the package is referenced. The core itself knows no back end.
        var redis = Type.GetType("HybridTiered.Redis.RedisDefaultTiers, HybridTiered.Redis", throwOnError: false) is { } type
            ? (IDefaultTiers?)Activator.CreateInstance(type)
            : null;
        redis?.AddTo(builder);
        builder.AddForeignDistributedCacheIfAny(services => redis?.IsConfigured(services) != true);
    }
}
