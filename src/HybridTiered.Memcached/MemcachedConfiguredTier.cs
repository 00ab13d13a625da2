using HybridTiered.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Memcached;

/// <summary>Memcached for a cache whose configuration names it. Found by name; not to be called.</summary>
public sealed class MemcachedConfiguredTier : IConfiguredTier
{
    /// <inheritdoc/>
    public void AddTo(HybridTieredBuilder builder) => builder.AddMemcached();
}
