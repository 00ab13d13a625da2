using HybridTiered.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Disk;

/// <summary>The disk for a cache whose configuration names it. Found by name; not to be called.</summary>
public sealed class DiskConfiguredTier : IConfiguredTier
{
    /// <inheritdoc/>
    public void AddTo(HybridTieredBuilder builder) => builder.AddDisk();
}
