using HybridTiered.Configuration;
using HybridTiered.Disk;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the disk to a cache.</summary>
public static class DiskBuilderExtensions
{
    /// <summary>
    /// Adds a disk tier below the tiers added before. Its options are bound to the section <c>Tiers:disk</c> of the cache's configuration, then changed by
    /// <paramref name="configure"/>, and validated when the application starts.
    /// </summary>
    /// <param name="builder">The cache.</param>
    /// <param name="configure">Changes the options.</param>
    public static HybridTieredBuilder AddDisk(this HybridTieredBuilder builder, Action<DiskTierOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddTier(
            "disk",
            static (section, options) => section.Bind(options),
            static (services, options) => new DiskTier(options, services.GetService<TimeProvider>(), services.GetService<ILogger<DiskTier>>()),
            configure);
    }

    /// <summary>Adds a disk tier in a folder.</summary>
    /// <param name="builder">The cache.</param>
    /// <param name="directory">The folder, which belongs to one tier of one process at a time. Created if need be.</param>
    /// <param name="configure">Changes the options.</param>
    public static HybridTieredBuilder AddDisk(this HybridTieredBuilder builder, string directory, Action<DiskTierOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        return builder.AddDisk(options =>
        {
            options.Directory = directory;
            configure?.Invoke(options);
        });
    }
}
