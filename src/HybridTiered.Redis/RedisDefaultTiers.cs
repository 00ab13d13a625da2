using HybridTiered.Configuration;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Invalidation;
using HybridTiered.Redis.Tiers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Redis;

/// <summary>
/// Redis for a cache that was registered without saying which tiers it has: tier and backplane, if <c>ConnectionStrings:Redis</c> or <c>REDIS_URL</c> is set.
/// Found by name; not to be called.
/// </summary>
public sealed class RedisDefaultTiers : IDefaultTiers
{
    /// <inheritdoc/>
    public void AddTo(HybridTieredBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        RedisCacheConnection connection = RedisCacheConnection.Of(builder);
        builder.AddTier<RedisTierOptions>(
            "redis",
            static (section, options) => section.Bind(options),
            (services, options) => IsConfigured(services) ? new RedisTier(connection.Get(services), options, services.GetService<TimeProvider>()) : null);
        builder.UseBackplane(services => IsConfigured(services)
            ? new RedisBackplane(
                connection.Get(services), new RedisBackplaneOptions { Prefix = connection.KeyPrefix(services) }, services.GetService<TimeProvider>())
            : null);
    }

    /// <inheritdoc/>
    public bool IsConfigured(IServiceProvider services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return RedisCacheConnection.FindConnectionString(services) is not null;
    }
}
