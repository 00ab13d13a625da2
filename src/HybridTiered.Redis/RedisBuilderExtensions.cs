using HybridTiered.Configuration;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Flights;
using HybridTiered.Redis.Invalidation;
using HybridTiered.Redis.Tiers;
using HybridTiered.Redis.Tracking;
using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Redis to a cache: as a tier, as the backplane with its journal, as the lock of cluster flights.</summary>
/// <remarks>
/// Tier, backplane and lock of one cache share one connection, begun when the cache is made. Where it is not given, it is: the <see cref="IConnectionMultiplexer"/> that the
/// application has registered; else the connection string <c>Redis</c>; else the environment variable <c>REDIS_URL</c>; else <c>redis://127.0.0.1:6379</c>.
/// </remarks>
public static class RedisBuilderExtensions
{
    /// <summary>Adds a Redis tier below the tiers added before, on the connection of the cache.</summary>
    /// <param name="builder">The cache.</param>
    /// <param name="configure">Changes its options, after the section <c>Tiers:redis</c> of the cache's configuration was bound.</param>
    public static HybridTieredBuilder AddRedis(this HybridTieredBuilder builder, Action<RedisTierOptions>? configure = null)
    {
        RedisCacheConnection connection = RedisCacheConnection.Of(builder);
        return builder.AddTier(
            "redis",
            static (section, options) => section.Bind(options),
            (services, options) => new RedisTier(connection.Get(services), options, services.GetService<TimeProvider>()),
            configure);
    }

    /// <summary>Adds a Redis tier, and says where Redis is.</summary>
    /// <param name="builder">The cache.</param>
    /// <param name="connectionString">A URL (<c>redis://</c>, <c>rediss://</c>) or a connection string of StackExchange.Redis.</param>
    /// <param name="configure">Changes the options of the tier.</param>
    /// <exception cref="ArgumentException"><paramref name="connectionString"/> cannot be read, or another connection was given before. It is not quoted.</exception>
    public static HybridTieredBuilder AddRedis(this HybridTieredBuilder builder, string connectionString, Action<RedisTierOptions>? configure = null) =>
        builder.UseRedisConnection(options => options.ConnectionString = connectionString).AddRedis(configure);

    /// <summary>Adds a Redis tier on a connection of the application's own, which is never closed from here.</summary>
    /// <param name="builder">The cache.</param>
    /// <param name="multiplexer">The connection.</param>
    /// <param name="configure">Changes the options of the tier.</param>
    public static HybridTieredBuilder AddRedis(this HybridTieredBuilder builder, IConnectionMultiplexer multiplexer, Action<RedisTierOptions>? configure = null) =>
        builder.UseRedisConnection(options => options.Multiplexer = multiplexer).AddRedis(configure);

    /// <summary>Says where the Redis of this cache is.</summary>
    /// <param name="builder">The cache.</param>
    /// <param name="configure">Sets one of the sources.</param>
    /// <exception cref="ArgumentException">The options cannot work, or a connection was given before.</exception>
    public static HybridTieredBuilder UseRedisConnection(this HybridTieredBuilder builder, Action<RedisConnectionOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new RedisConnectionOptions();
        configure(options);
        RedisCacheConnection.Of(builder).Give(options);
        return builder;
    }

    /// <summary>Makes Redis Pub/Sub carry the cache's invalidations, and a Redis stream keep them.</summary>
    /// <param name="builder">The cache.</param>
    /// <param name="configure">Changes names and bounds. <see cref="RedisBackplaneOptions.Prefix"/> is the cache's key prefix unless set here.</param>
    public static HybridTieredBuilder UseRedisBackplane(this HybridTieredBuilder builder, Action<RedisBackplaneOptions>? configure = null)
    {
        RedisCacheConnection connection = RedisCacheConnection.Of(builder);
        return builder.UseBackplane(services =>
        {
            var options = new RedisBackplaneOptions { Prefix = connection.KeyPrefix(services) };
            configure?.Invoke(options);
            return new RedisBackplane(connection.Get(services), options, services.GetService<TimeProvider>());
        });
    }

    /// <summary>Makes a Redis lock let one instance compute for the whole cluster, for entries that ask for it.</summary>
    /// <param name="builder">The cache.</param>
    /// <param name="configure">Changes names.</param>
    public static HybridTieredBuilder UseRedisClusterLock(this HybridTieredBuilder builder, Action<RedisLockOptions>? configure = null)
    {
        RedisCacheConnection connection = RedisCacheConnection.Of(builder);
        return builder.UseClusterLock(services =>
        {
            var options = new RedisLockOptions();
            configure?.Invoke(options);
            return new RedisLock(connection.Get(services), options, services.GetService<TimeProvider>());
        });
    }

    /// <summary>
    /// Makes the Redis server report every change of a key, by whatever client in whatever language, so that L1 drops its copy (server-assisted client caching). Needs Redis 6
    /// or later, and a connection given as a string or as <see cref="ConfigurationOptions"/>. Costs one more read from Redis for every value that is
    /// written through this cache.
    /// </summary>
    /// <param name="builder">The cache.</param>
    /// <param name="instanceName">The <see cref="RedisTierOptions.InstanceName"/> of the cache's Redis tier.</param>
    public static HybridTieredBuilder UseRedisKeyTracking(this HybridTieredBuilder builder, string instanceName = "")
    {
        ArgumentNullException.ThrowIfNull(instanceName);
        RedisCacheConnection connection = RedisCacheConnection.Of(builder);
        return builder.UseKeyChanges(services => new RedisKeyTracking(connection.Get(services), instanceName, services.GetService<TimeProvider>()));
    }
}
