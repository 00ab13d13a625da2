namespace HybridTiered.Snippets.Tuning;

public static class Reporting
{
    public static void Report(ITieredCache cache)
    {
        #region statistics
        CacheStatistics statistics = cache.GetStatistics();
        Console.WriteLine($"{statistics.Requests} requests, {statistics.HitRate:P1} answered by a tier");
        foreach (TierStatistics tier in statistics.Tiers)
            Console.WriteLine($"L{tier.Level} {tier.Name}: {tier.Hits} hits, {tier.Misses} misses, {tier.Evictions} evictions, {tier.SizeInBytes:N0} bytes");
        #endregion
    }

    public static void Register(WebApplicationBuilder builder)
    {
        #region memory
        builder.Services.AddHybridTiered(cache => cache.AddMemory(memory =>
        {
            memory.SizeLimit = 512L * 1024 * 1024;
            memory.TimeToIdle = TimeSpan.FromMinutes(10);
        }));
        #endregion
    }
}
