using System.Collections.Concurrent;
using HybridTiered.Flights;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Adapters;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Configuration;

/// <summary>Describes one cache: its tiers from the top down, its backplane, its options. Nothing is created before the cache is first used.</summary>
public sealed class HybridTieredBuilder
{
    private readonly List<TierRegistration> _tiers = [];
    private readonly ConcurrentQueue<Defect> _defects = [];
    private bool _hasMemory;

    internal HybridTieredBuilder(IServiceCollection services, string? name)
    {
        Services = services;
        Name = name;
    }

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of a keyed cache; <see langword="null"/> for the default one.</summary>
    public string? Name { get; }

    /// <summary>The configuration section of this cache.</summary>
    internal string Section => Name is null
        ? HybridTieredServiceCollectionExtensions.ConfigurationSection
        : $"{HybridTieredServiceCollectionExtensions.ConfigurationSection}:Caches:{Name}";

    /// <summary>The name under which the options of this cache are registered.</summary>
    internal string OptionsName => Name ?? Microsoft.Extensions.Options.Options.DefaultName;

    /// <summary>What is wrong with the description itself; reported with all other mistakes when the application starts.</summary>
    internal IEnumerable<string> Mistakes => _defects.Select(found => found.Mistake);

    internal Func<IServiceProvider, IBackplane?>? Backplane { get; private set; }

    internal Func<IServiceProvider, IClusterLock>? ClusterLock { get; private set; }

    internal Func<IServiceProvider, IKeyChangeSource>? KeyChanges { get; private set; }

    /// <summary>Notes what is wrong with the description, to be reported with everything else.</summary>
    internal void AddMistake(string mistake) => _defects.Enqueue(new Defect(null, mistake));

    /// <summary>Binds a section. The first value in it that is not of its option's type is noted, to be reported with everything else.</summary>
    internal void Bind<TOptions>(IConfiguration? section, TOptions options, Action<IConfiguration, TOptions> bind)
    {
        if (section is null)
            return;
        try
        {
            bind(section, options);
        }
        catch (InvalidOperationException fault)
        {
            // The binder names the setting, its value and the type.
            _defects.Enqueue(new Defect(
                options, fault.Message.TrimEnd('.') + "; a number is written in digits alone, a time as [days.]hours:minutes:seconds, and a choice by its name."));
        }
    }

    /// <summary>Whether all of a section could be bound to options. If not, what they lack would be reported as if nobody had said it.</summary>
    internal bool IsWhollyBound(object options) => _defects.IsEmpty || _defects.All(found => !ReferenceEquals(found.Options, options));

    /// <summary>Changes the cache's own options, after the configuration section was bound.</summary>
    /// <param name="configure">Changes them.</param>
    public HybridTieredBuilder Configure(Action<TieredCacheOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.Configure(OptionsName, configure);
        return this;
    }

    /// <summary>Configures L1. It is there without this call too, with its defaults.</summary>
    /// <param name="configure">Changes its options, after the configuration section was bound.</param>
    public HybridTieredBuilder AddMemory(Action<MemoryTierOptions>? configure = null)
    {
        if (_hasMemory)
            AddMistake("AddMemory was called twice; a cache has one L1.");
        _hasMemory = true;
        if (configure is not null)
            Services.Configure(OptionsName, configure);
        return this;
    }

    /// <summary>Adds a tier below those added before.</summary>
    /// <param name="kind">What it is, such as <c>redis</c>: its name unless the options give one, and the name of its configuration section under <c>Tiers</c>.</param>
    /// <param name="factory">Makes the tier, or returns <see langword="null"/> if there is to be none after all. The cache disposes it.</param>
    /// <param name="configure">Changes how the chain treats it.</param>
    public HybridTieredBuilder AddTier(string kind, Func<IServiceProvider, ICacheTier?> factory, Action<TierOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return AddTier<TierOptions>(kind, static (section, options) => section.Bind(options), (services, _) => factory(services), configure);
    }

    /// <summary>Adds a tier that has options of its own below those added before. For authors of tiers.</summary>
    /// <typeparam name="TOptions">The options, derived from those that every tier has.</typeparam>
    /// <param name="kind">What it is, such as <c>redis</c>: its name unless the options give one, and the name of its configuration section under <c>Tiers</c>.</param>
    /// <param name="bind">
    /// Binds the section to the options: <c>static (section, options) => section.Bind(options)</c> written in the tier's own assembly, where the configuration
    /// binding generator sees the type.
    /// </param>
    /// <param name="factory">Makes the tier from valid options, or returns <see langword="null"/> if there is to be none after all. The cache disposes it.</param>
    /// <param name="configure">Changes the options after the section was bound.</param>
    public HybridTieredBuilder AddTier<TOptions>(
        string kind, Action<IConfiguration, TOptions> bind, Func<IServiceProvider, TOptions, ICacheTier?> factory, Action<TOptions>? configure = null)
        where TOptions : TierOptions, new()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(kind);
        ArgumentNullException.ThrowIfNull(bind);
        ArgumentNullException.ThrowIfNull(factory);
        _tiers.Add(new TierRegistration(
            kind,
            section =>
            {
                var options = new TOptions();
                Bind(section, options, bind);
                configure?.Invoke(options);
                return options;
            },
            (services, options) => factory(services, (TOptions)options)));
        return this;
    }

    /// <summary>
    /// Adds the application's <see cref="IDistributedCache"/> as a tier: the one that was registered before this cache, otherwise one registered after it,
    /// never this cache's own face.
    /// </summary>
    /// <param name="configure">Changes how the chain treats it.</param>
    public HybridTieredBuilder AddDistributedCache(Action<TierOptions>? configure = null) =>
        AddTier("distributed", static services => new DistributedCacheTier(
            ForeignDistributedCache.Find(services)
            ?? throw new InvalidOperationException("AddDistributedCache found no IDistributedCache other than the cache's own; register one, for example with AddStackExchangeRedisCache.")),
            configure);

    /// <summary>Adds an <see cref="IDistributedCache"/> as a tier.</summary>
    /// <param name="factory">Finds it. Its owner disposes it.</param>
    /// <param name="configure">Changes how the chain treats it.</param>
    public HybridTieredBuilder AddDistributedCache(Func<IServiceProvider, IDistributedCache> factory, Action<TierOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return AddTier("distributed", services => new DistributedCacheTier(factory(services)), configure);
    }

    /// <summary>
    /// What Microsoft's <c>AddHybridCache</c> does: the application's <see cref="IDistributedCache"/> is the second tier, if there is one that is more than memory.
    /// </summary>
    /// <param name="wanted">Whether it is to be looked for at all.</param>
    internal void AddForeignDistributedCacheIfAny(Func<IServiceProvider, bool> wanted) =>
        AddTier("distributed", services =>
            wanted(services) && ForeignDistributedCache.Find(services) is { } cache && !ForeignDistributedCache.IsMemory(cache) ? new DistributedCacheTier(cache) : null);

    /// <summary>The options of every tier, from the top down.</summary>
    internal IReadOnlyList<ResolvedTier> ResolveTiers(IServiceProvider services)
    {
        IConfiguration? section = services.GetService<IConfiguration>()?.GetSection(Section + ":Tiers");
        return [.. _tiers.Select(tier => new ResolvedTier(tier, tier.Options(section)))];
    }

    /// <summary>Connects the cache with the others that it shares invalidations with.</summary>
    /// <param name="factory">Makes the backplane, or returns <see langword="null"/> if there is to be none after all. The cache disposes it.</param>
    public HybridTieredBuilder UseBackplane(Func<IServiceProvider, IBackplane?> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        if (Backplane is not null)
            AddMistake("A backplane was chosen twice; a cache has one.");
        Backplane = factory;
        return this;
    }

    /// <summary>Gives the cache the lock that makes flights one for the cluster, for entries that ask for it.</summary>
    /// <param name="factory">Makes the lock. The cache disposes it if it can be disposed.</param>
    public HybridTieredBuilder UseClusterLock(Func<IServiceProvider, IClusterLock> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ClusterLock = factory;
        return this;
    }

    /// <summary>
    /// Drops from L1 what a shared tier reports as changed, whoever changed it. A value that is written here is then read back from the shared tier once
    /// before L1 keeps it, because the report does not tell whose change it was.
    /// </summary>
    /// <param name="factory">Makes what reports. The cache disposes it.</param>
    public HybridTieredBuilder UseKeyChanges(Func<IServiceProvider, IKeyChangeSource> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        KeyChanges = factory;
        return this;
    }

    /// <summary>Connects the cache with others in this process.</summary>
    /// <param name="backplane">What they share.</param>
    public HybridTieredBuilder UseInProcessBackplane(InProcessBackplane backplane)
    {
        ArgumentNullException.ThrowIfNull(backplane);
        return UseBackplane(_ => backplane.Connect());
    }

    // Classes, here as in what ResolveTiers returns: generic code over pairs of values would have to be compiled in every process at its start.
    private sealed record Defect(object? Options, string Mistake);
}
