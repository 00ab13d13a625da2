using HybridTiered.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace CustomTier;

public static class FolderBuilderExtensions
{
    /// <summary>Adds a folder as a tier below the tiers added before.</summary>
    public static HybridTieredBuilder AddFolder(this HybridTieredBuilder builder, string folder, Action<TierOptions>? configure = null) =>
        builder.AddTier("folder", services => new FolderTier(folder, services.GetService<TimeProvider>() ?? TimeProvider.System), configure);
}
