using HybridTiered.Tiers;
using Microsoft.Extensions.Configuration;

namespace HybridTiered.Configuration;

/// <summary>A tier below L1 as it was asked for; made when the cache is.</summary>
/// <param name="kind">What it is: its name unless its options give one, and that of its configuration section.</param>
/// <param name="configure">Changes its options, after the section was bound.</param>
/// <param name="factory">Makes it; <see langword="null"/> when there turns out to be no such tier.</param>
internal sealed class TierRegistration(string kind, Action<TierOptions>? configure, Func<IServiceProvider, ICacheTier?> factory)
{
    private readonly Lock _lock = new();
    private TierOptions? _options;

    public string Kind { get; } = kind;

    public Func<IServiceProvider, ICacheTier?> Factory { get; } = factory;

    /// <summary>The options, bound once and then changed by code.</summary>
    /// <param name="section">The section that holds one for each kind of tier, if the application has a configuration.</param>
    public TierOptions Options(IConfiguration? section)
    {
        lock (_lock)
        {
            if (_options is null)
            {
                _options = new TierOptions();
                section?.GetSection(Kind).Bind(_options);
                configure?.Invoke(_options);
            }
            return _options;
        }
    }
}
