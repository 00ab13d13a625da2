using HybridTiered.Configuration;

namespace HybridTiered.Snippets.Tiers;

public static class Chains
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region chains
        // Two: the usual one for several instances.
        builder.Services.AddHybridTiered(cache => cache
            .AddRedis("localhost:6379")
            .UseRedisBackplane());

        // Three: a restarted instance is warm before it has asked Redis for anything.
        builder.Services.AddHybridTiered(cache => cache
            .AddMemory(memory => memory.SizeLimit = 256 * 1024 * 1024)
            .AddDisk("/var/cache/shop", disk => disk.SizeLimit = 10L << 30)
            .AddRedis("localhost:6379", redis => redis.TtlScale = 2)
            .UseRedisBackplane());

        // Four: a large, cheap tier at the bottom keeps for long what is seldom asked for.
        builder.Services.AddHybridTiered(cache => cache
            .AddDisk("/var/cache/shop", disk => disk.CopyFrom(TierOptions.L2))
            .AddRedis("localhost:6379", redis => redis.CopyFrom(TierOptions.L3))
            .AddMemcached("cache1:11211,cache2:11211", memcached => memcached.CopyFrom(TierOptions.L4))
            .UseRedisBackplane());
        #endregion
    }
}
