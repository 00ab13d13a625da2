using HybridTiered.Entries;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Configuration;

/// <summary>Works out the settings of an entry: what the call says, else its policy, else the defaults of the cache.</summary>
internal sealed class EntrySettingsResolver
{
    private readonly TieredCacheOptions _options;
    private readonly (GlobPattern Pattern, EntryPolicy Policy)[] _policies;
    private readonly EntrySettings _defaults;

    public EntrySettingsResolver(TieredCacheOptions options)
    {
        _options = options;
        _policies = [.. options.Policies.Select(p => (new GlobPattern(p.Pattern), p))];
        _defaults = Combine(null, null, null);
    }

    /// <summary>Whether a call that says nothing about flags may always read L1, whatever its key.</summary>
    public bool AlwaysReadsLocalByDefault =>
        _defaults.ReadsLocal && !_policies.Any(p => p.Policy.Flags is { } flags && (flags & HybridCacheEntryFlags.DisableLocalCacheRead) != 0);

    /// <summary>Whether the key makes no difference.</summary>
    public bool IsSameForAllKeys => _policies.Length == 0;

    /// <summary>Works out the settings of a call.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is zero or negative.</exception>
    public EntrySettings Resolve(string key, HybridCacheEntryOptions? options)
    {
        EntryPolicy? policy = PolicyOf(key);
        if (options is null)
            return policy is null ? _defaults : Combine(null, null, policy);
        EntrySettings settings = Combine(options, TieredEntryOptions.Recognise(options), policy);
        Validate(options.Expiration, nameof(options.Expiration));
        Validate(options.LocalCacheExpiration, nameof(options.LocalCacheExpiration));
        Validate(settings.Sliding, nameof(TieredEntryOptions.SlidingExpiration));
        if (settings.Resilience != _defaults.Resilience)
            Validate(settings.Resilience);
        return settings;
    }

    /// <summary>What holds after a factory has had its say.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is zero or negative.</exception>
    public EntrySettings Override(string key, EntrySettings settings, TieredEntryOptions options)
    {
        EntrySettings chosen = Resolve(key, options.ToHybridCacheEntryOptions());
        return new EntrySettings(
            options.Flags ?? settings.Flags,
            options.Expiration is null ? settings.Expiration : chosen.Expiration,
            options.Expiration is null && options.LocalExpiration is null ? settings.LocalExpiration : chosen.LocalExpiration,
            options.SlidingExpiration ?? settings.Sliding,
            options.Broadcast ?? settings.Broadcast,
            options.Promote ?? settings.Promote,
            settings.ClusterFlight,
            options.HasResilience ? chosen.Resilience : settings.Resilience);
    }

    private EntrySettings Combine(HybridCacheEntryOptions? call, TieredEntryOptions? more, EntryPolicy? policy)
    {
        TimeSpan? expiration = call?.Expiration;
        TimeSpan? local = call?.LocalCacheExpiration;
        if (expiration is null && local is null)
        {
            expiration = policy?.Expiration;
            local = policy?.LocalExpiration;
        }
        // An Expiration alone also speaks for L1; the cache's own default for L1 counts only where neither is given.
        TimeSpan overall = expiration ?? policy?.Expiration ?? _options.DefaultExpiration;
        TimeSpan inMemory = (local, expiration) switch
        {
            ({ } l, { } e) => l < e ? l : e,
            ({ } l, null) => l,
            (null, { } e) => e,
            _ => _options.DefaultLocalExpiration ?? _options.DefaultExpiration,
        };
        return new EntrySettings(
            call?.Flags ?? policy?.Flags ?? _options.DefaultFlags,
            overall,
            inMemory,
            more?.SlidingExpiration ?? policy?.SlidingExpiration ?? _options.DefaultSlidingExpiration,
            more?.Broadcast ?? policy?.Broadcast ?? _options.DefaultBroadcast,
            more?.Promote ?? policy?.Promote ?? true,
            more?.ClusterFlight ?? policy?.ClusterFlight ?? _options.DefaultClusterFlight,
            CombineResilience(more, policy));
    }

    private Resilience CombineResilience(TieredEntryOptions? more, EntryPolicy? policy)
    {
        if (more is not { HasResilience: true } && policy is null && _defaults.Resilience is { } shared)
            return shared;
        return new Resilience(
            more?.FailSafeMaxDuration ?? policy?.FailSafeMaxDuration ?? _options.DefaultFailSafeMaxDuration,
            more?.FailSafeThrottle ?? policy?.FailSafeThrottle ?? _options.DefaultFailSafeThrottle,
            more?.FactorySoftTimeout ?? policy?.FactorySoftTimeout ?? _options.DefaultFactorySoftTimeout,
            more?.FactoryHardTimeout ?? policy?.FactoryHardTimeout ?? _options.DefaultFactoryHardTimeout,
            more?.TierSoftTimeout ?? policy?.TierSoftTimeout ?? _options.DefaultTierSoftTimeout,
            more?.TierHardTimeout ?? policy?.TierHardTimeout ?? _options.DefaultTierHardTimeout,
            more?.EagerRefresh ?? policy?.EagerRefresh ?? _options.DefaultEagerRefresh,
            more?.Jitter ?? policy?.Jitter ?? _options.DefaultJitter);
    }

    private EntryPolicy? PolicyOf(string key)
    {
        foreach ((GlobPattern pattern, EntryPolicy policy) in _policies)
        {
            if (pattern.Matches(key))
                return policy;
        }
        return null;
    }

    private static void Validate(Resilience resilience)
    {
        Validate(resilience.FailSafeThrottle, nameof(TieredEntryOptions.FailSafeThrottle));
        Validate(resilience.FactorySoftTimeout, nameof(TieredEntryOptions.FactorySoftTimeout));
        Validate(resilience.FactoryHardTimeout, nameof(TieredEntryOptions.FactoryHardTimeout));
        Validate(resilience.TierSoftTimeout, nameof(TieredEntryOptions.TierSoftTimeout));
        Validate(resilience.TierHardTimeout, nameof(TieredEntryOptions.TierHardTimeout));
        Validate(resilience.FailSafeMaxDuration >= TimeSpan.Zero, resilience.FailSafeMaxDuration, nameof(TieredEntryOptions.FailSafeMaxDuration), "not be negative");
        Validate(resilience.EagerRefresh is >= 0 and <= OptionRules.GreatestRefresh, resilience.EagerRefresh, nameof(TieredEntryOptions.EagerRefresh), "be from 0 to 0.99");
        Validate(resilience.Jitter is >= 0 and <= OptionRules.GreatestJitter, resilience.Jitter, nameof(TieredEntryOptions.Jitter), "be from 0 to 0.9");
    }

    private static void Validate<T>(bool allowed, T value, string name, string rule)
    {
        if (!allowed)
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it must {rule}.");
    }

    private static void Validate(TimeSpan? value, string name)
    {
        if (value is { } given && given <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(name, given, $"{name} is {given}; it must be positive.");
    }
}
