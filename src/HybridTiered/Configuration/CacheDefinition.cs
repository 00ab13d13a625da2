using Microsoft.Extensions.Options;
using static HybridTiered.Configuration.OptionRules;

namespace HybridTiered.Configuration;

/// <summary>Checks everything that is said about one cache, and reports all mistakes together: each names the option, its value and what is allowed.</summary>
internal sealed class CacheDefinition(HybridTieredBuilder builder, IServiceProvider services, IOptionsMonitor<MemoryTierOptions> memory)
    : IValidateOptions<TieredCacheOptions>
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, TieredCacheOptions options)
    {
        if (name != builder.OptionsName)
            return ValidateOptionsResult.Skip;
        var mistakes = new List<string>();
        if (builder.IsWhollyBound(options))
            CheckCache(options, mistakes);
        MemoryTierOptions memoryOptions = memory.Get(builder.OptionsName);
        if (builder.IsWhollyBound(memoryOptions))
            CheckMemory(memoryOptions, mistakes);
        CheckTiers(mistakes);
        // Last, because memory and tiers are bound by now.
        mistakes.InsertRange(0, builder.Mistakes);
        string prefix = builder.Name is null ? "HybridTiered: " : $"HybridTiered cache '{builder.Name}': ";
        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes.Select(m => prefix + m));
    }

    private static void CheckCache(TieredCacheOptions o, List<string> mistakes)
    {
        Positive(o.DefaultExpiration, nameof(o.DefaultExpiration), mistakes);
        Positive(o.DefaultLocalExpiration, nameof(o.DefaultLocalExpiration), mistakes);
        Positive(o.DefaultSlidingExpiration, nameof(o.DefaultSlidingExpiration), mistakes);
        Between(o.MaximumKeyLength, 1, 65_536, nameof(o.MaximumKeyLength), mistakes);
        Between(o.MaximumPayloadBytes, 1L, 1L << 30, nameof(o.MaximumPayloadBytes), mistakes);
        Between(o.MaximumBroadcastBytes, 0, 16 << 20, nameof(o.MaximumBroadcastBytes), mistakes);
        Between(o.MaximumWritesBehind, 1, int.MaxValue, nameof(o.MaximumWritesBehind), mistakes);
        Between(o.MaximumPendingInvalidations, 1, int.MaxValue, nameof(o.MaximumPendingInvalidations), mistakes);
        Between(o.JournalInterval, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(o.JournalInterval), mistakes);
        Between(o.TagRefreshInterval, TimeSpan.FromMilliseconds(100), Day, nameof(o.TagRefreshInterval), mistakes);
        Between(o.ClusterFlightLifetime, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(o.ClusterFlightLifetime), mistakes);
        Between(o.RetryInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1), nameof(o.RetryInterval), mistakes);
        Between(o.BackplaneTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1), nameof(o.BackplaneTimeout), mistakes);
        Between(o.ShutdownTimeout, TimeSpan.Zero, Day, nameof(o.ShutdownTimeout), mistakes);
        Defined(o.DefaultBroadcast, nameof(o.DefaultBroadcast), mistakes);
        Between(o.DefaultFailSafeMaxDuration, TimeSpan.Zero, TimeSpan.MaxValue, nameof(o.DefaultFailSafeMaxDuration), mistakes);
        Positive(o.DefaultFailSafeThrottle, nameof(o.DefaultFailSafeThrottle), mistakes);
        Positive(o.DefaultFactorySoftTimeout, nameof(o.DefaultFactorySoftTimeout), mistakes);
        Positive(o.DefaultFactoryHardTimeout, nameof(o.DefaultFactoryHardTimeout), mistakes);
        Positive(o.DefaultTierSoftTimeout, nameof(o.DefaultTierSoftTimeout), mistakes);
        Positive(o.DefaultTierHardTimeout, nameof(o.DefaultTierHardTimeout), mistakes);
        Part(o.DefaultEagerRefresh, GreatestRefresh, nameof(o.DefaultEagerRefresh), mistakes);
        Part(o.DefaultJitter, GreatestJitter, nameof(o.DefaultJitter), mistakes);
        if (o.CompressAbove is { } compressAbove)
            Between(compressAbove, 64, int.MaxValue, nameof(o.CompressAbove), mistakes);
        Defined(o.WhileDisconnected, nameof(o.WhileDisconnected), mistakes);
        Positive(o.DisconnectedMaxAge, nameof(o.DisconnectedMaxAge), mistakes);
        if (o.KeyPrefix is null)
            mistakes.Add($"{nameof(o.KeyPrefix)} is null; it must be a string, empty for none.");
        for (int i = 0; i < o.Policies.Count; i++)
        {
            EntryPolicy policy = o.Policies[i];
            string at = $"{nameof(o.Policies)}[{i}].";
            if (string.IsNullOrEmpty(policy.Pattern))
                mistakes.Add($"{at}{nameof(policy.Pattern)} is empty; it must be a pattern such as 'product:*'.");
            Positive(policy.Expiration, at + nameof(policy.Expiration), mistakes);
            Positive(policy.LocalExpiration, at + nameof(policy.LocalExpiration), mistakes);
            Positive(policy.SlidingExpiration, at + nameof(policy.SlidingExpiration), mistakes);
            if (policy.Broadcast is { } broadcast)
                Defined(broadcast, at + nameof(policy.Broadcast), mistakes);
            if (policy.FailSafeMaxDuration is { } failSafe)
                Between(failSafe, TimeSpan.Zero, TimeSpan.MaxValue, at + nameof(policy.FailSafeMaxDuration), mistakes);
            Positive(policy.FailSafeThrottle, at + nameof(policy.FailSafeThrottle), mistakes);
            Positive(policy.FactorySoftTimeout, at + nameof(policy.FactorySoftTimeout), mistakes);
            Positive(policy.FactoryHardTimeout, at + nameof(policy.FactoryHardTimeout), mistakes);
            Positive(policy.TierSoftTimeout, at + nameof(policy.TierSoftTimeout), mistakes);
            Positive(policy.TierHardTimeout, at + nameof(policy.TierHardTimeout), mistakes);
            Part(policy.EagerRefresh ?? 0, GreatestRefresh, at + nameof(policy.EagerRefresh), mistakes);
            Part(policy.Jitter ?? 0, GreatestJitter, at + nameof(policy.Jitter), mistakes);
        }
    }

    private static void CheckMemory(MemoryTierOptions o, List<string> mistakes)
    {
        const string At = "Memory.";
        Between(o.SizeLimit, 1L << 20, long.MaxValue, At + nameof(o.SizeLimit), mistakes);
        Between(o.EntryLimit, 1, long.MaxValue, At + nameof(o.EntryLimit), mistakes);
        Between(o.AssumedValueSize, 0, int.MaxValue, At + nameof(o.AssumedValueSize), mistakes);
        Positive(o.TimeToIdle, At + nameof(o.TimeToIdle), mistakes);
        Scale(o.TtlScale, At + nameof(o.TtlScale), mistakes);
        Defined(o.Store, At + nameof(o.Store), mistakes);
    }

    private void CheckTiers(List<string> mistakes)
    {
        int above = 1;
        var names = new HashSet<string>(StringComparer.Ordinal) { "memory" };
        IReadOnlyList<ResolvedTier> tiers = builder.ResolveTiers(services);
        for (int i = 0; i < tiers.Count; i++)
        {
            TierOptions o = tiers[i].Options;
            string name = o.Name ?? tiers[i].Registration.Kind;
            string at = $"Tiers[{i}] ('{name}').";
            int level = o.Level ?? above + 1;
            if (level <= above)
                mistakes.Add($"{at}{nameof(o.Level)} is {level}; it must be greater than {above}, the level of the tier above.");
            above = Math.Max(level, above);
            if (string.IsNullOrWhiteSpace(name))
                mistakes.Add($"{at}{nameof(o.Name)} is blank; it must be a name.");
            else if (!names.Add(name))
                mistakes.Add($"{at}{nameof(o.Name)} is '{name}', the name of another tier; names must differ.");
            if (builder.IsWhollyBound(o))
                mistakes.AddRange(o.Validate().Select(mistake => at + mistake));
        }
    }
}
