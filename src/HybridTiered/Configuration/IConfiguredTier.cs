namespace HybridTiered.Configuration;

/// <summary>
/// What a back end adds to a cache whose configuration names it under <c>Tiers</c>, when <c>AddHybridTiered</c> is called on the application's builder. Found by name; the
/// application need not call it.
/// </summary>
public interface IConfiguredTier
{
    /// <summary>Adds the tier, with everything else of its options from the section of its kind, and the backplane that comes with it, if any.</summary>
    /// <param name="builder">The cache.</param>
    void AddTo(HybridTieredBuilder builder);
}
