namespace HybridTiered.Configuration;

/// <summary>
/// What a back end adds to a cache that was registered without saying which tiers it has. A package whose assembly is there takes part; the application need not call it.
/// </summary>
public interface IDefaultTiers
{
    /// <summary>Adds tiers and a backplane that turn out not to exist where nothing is configured for them.</summary>
    /// <param name="builder">The cache.</param>
    void AddTo(HybridTieredBuilder builder);

    /// <summary>Whether something is configured.</summary>
    /// <param name="services">The application's services.</param>
    bool IsConfigured(IServiceProvider services);
}
