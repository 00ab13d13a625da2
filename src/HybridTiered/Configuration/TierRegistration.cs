using HybridTiered.Tiers;
using Microsoft.Extensions.Configuration;

namespace HybridTiered.Configuration;

/// <summary>A tier below L1 as it was asked for; made when the cache is.</summary>
/// <param name="kind">What it is: its name unless its options give one, and that of its configuration section.</param>
/// <param name="createOptions">Makes its options from its section, if the application has a configuration, and from code.</param>
/// <param name="factory">Makes it; <see langword="null"/> when there turns out to be no such tier.</param>
internal sealed class TierRegistration(
    string kind, Func<IConfiguration?, TierOptions> createOptions, Func<IServiceProvider, TierOptions, ICacheTier?> factory)
{
    private readonly Lock _lock = new();
    private TierOptions? _options;

    public string Kind { get; } = kind;

    /// <summary>The options, made once.</summary>
    /// <param name="tiers">The section that holds one section for each kind of tier.</param>
    public TierOptions Options(IConfiguration? tiers)
    {
        lock (_lock)
            return _options ??= createOptions(tiers?.GetSection(Kind));
    }

    public ICacheTier? Create(IServiceProvider services, TierOptions options) => factory(services, options);
}
