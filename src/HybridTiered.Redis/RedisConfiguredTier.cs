using HybridTiered.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Redis;

/// <summary>Redis for a cache whose configuration names it: tier and backplane. Found by name; not to be called.</summary>
public sealed class RedisConfiguredTier : IConfiguredTier
{
    /// <inheritdoc/>
    public void AddTo(HybridTieredBuilder builder) => builder.AddRedis().UseRedisBackplane();
}
