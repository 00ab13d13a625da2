using HybridTiered.Configuration;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HybridTiered.Tests.Configuration;

[TestFixture, Category("Unit")]
public sealed class ValidationTests
{
    // Everything else has a range, and is in the table below.
    private static readonly string[] Unlimited =
    [
        "DefaultFlags", "DefaultClusterFlight", "IncludeKeysInTraces", "Policies", "Policies[0].ClusterFlight", "Policies[0].Flags", "Policies[0].Promote", "Memory.StoreFactory", "Tiers[0] ('x').ReadOnly",
        "Tiers[0] ('x').WriteBehind",
    ];

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Cache("DefaultExpiration", o => o.DefaultExpiration = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Cache("DefaultExpiration", o => o.DefaultExpiration = TimeSpan.FromSeconds(-1), "is -00:00:01; it must be positive.");
        yield return Cache("DefaultLocalExpiration", o => o.DefaultLocalExpiration = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Cache("DefaultSlidingExpiration", o => o.DefaultSlidingExpiration = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Cache("DefaultBroadcast", o => o.DefaultBroadcast = (BroadcastMode)9, "is 9; it must be one of Remove, Update, None.");
        yield return Cache("DefaultFailSafeMaxDuration", o => o.DefaultFailSafeMaxDuration = TimeSpan.FromTicks(-1), "is -00:00:00.0000001; it must be at least 00:00:00.");
        yield return Cache("DefaultFailSafeThrottle", o => o.DefaultFailSafeThrottle = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Cache("DefaultFactorySoftTimeout", o => o.DefaultFactorySoftTimeout = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Cache("DefaultFactoryHardTimeout", o => o.DefaultFactoryHardTimeout = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Cache("DefaultTierSoftTimeout", o => o.DefaultTierSoftTimeout = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Cache("DefaultTierHardTimeout", o => o.DefaultTierHardTimeout = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Cache("DefaultEagerRefresh", o => o.DefaultEagerRefresh = 1, "is 1; it must be from 0 to 0.99.");
        yield return Cache("DefaultEagerRefresh", o => o.DefaultEagerRefresh = double.NaN, "is NaN; it must be from 0 to 0.99.");
        yield return Cache("DefaultJitter", o => o.DefaultJitter = -0.1, "is -0.1; it must be from 0 to 0.9.");
        yield return Cache("CompressAbove", o => o.CompressAbove = 63, "is 63; it must be at least 64.");
        yield return Cache("WhileDisconnected", o => o.WhileDisconnected = (OutageMode)7, "is 7; it must be one of ServeL1, ServeRecentL1, BypassL1.");
        yield return Cache("DisconnectedMaxAge", o => o.DisconnectedMaxAge = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Cache("BackplaneTimeout", o => o.BackplaneTimeout = TimeSpan.Zero, "is 00:00:00; it must be from 00:00:00.0100000 to 01:00:00.");
        yield return Cache("MaximumKeyLength", o => o.MaximumKeyLength = 0, "is 0; it must be from 1 to 65536.");
        yield return Cache("MaximumKeyLength", o => o.MaximumKeyLength = 65_537, "is 65537; it must be from 1 to 65536.");
        yield return Cache("MaximumPayloadBytes", o => o.MaximumPayloadBytes = 0, "is 0; it must be from 1 to 1073741824.");
        yield return Cache("MaximumPayloadBytes", o => o.MaximumPayloadBytes = (1L << 30) + 1, "is 1073741825; it must be from 1 to 1073741824.");
        yield return Cache("MaximumBroadcastBytes", o => o.MaximumBroadcastBytes = -1, "is -1; it must be from 0 to 16777216.");
        yield return Cache("MaximumBroadcastBytes", o => o.MaximumBroadcastBytes = (16 << 20) + 1, "is 16777217; it must be from 0 to 16777216.");
        yield return Cache("MaximumPendingInvalidations", o => o.MaximumPendingInvalidations = 0, "is 0; it must be at least 1.");
        yield return Cache("MaximumWritesBehind", o => o.MaximumWritesBehind = 0, "is 0; it must be at least 1.");
        yield return Cache("JournalInterval", o => o.JournalInterval = TimeSpan.FromMilliseconds(99), "is 00:00:00.0990000; it must be from 00:00:00.1000000 to 01:00:00.");
        yield return Cache("JournalInterval", o => o.JournalInterval = TimeSpan.FromHours(2), "is 02:00:00; it must be from 00:00:00.1000000 to 01:00:00.");
        yield return Cache("ClusterFlightLifetime", o => o.ClusterFlightLifetime = TimeSpan.Zero, "is 00:00:00; it must be from 00:00:00.1000000 to 01:00:00.");
        yield return Cache("ClusterFlightLifetime", o => o.ClusterFlightLifetime = TimeSpan.FromHours(2), "is 02:00:00; it must be from 00:00:00.1000000 to 01:00:00.");
        yield return Cache("TagRefreshInterval", o => o.TagRefreshInterval = TimeSpan.Zero, "is 00:00:00; it must be from 00:00:00.1000000 to 1.00:00:00.");
        yield return Cache("TagRefreshInterval", o => o.TagRefreshInterval = TimeSpan.FromDays(2), "is 2.00:00:00; it must be from 00:00:00.1000000 to 1.00:00:00.");
        yield return Cache("RetryInterval", o => o.RetryInterval = TimeSpan.Zero, "is 00:00:00; it must be from 00:00:00.0100000 to 01:00:00.");
        yield return Cache("RetryInterval", o => o.RetryInterval = TimeSpan.FromHours(2), "is 02:00:00; it must be from 00:00:00.0100000 to 01:00:00.");
        yield return Cache("ShutdownTimeout", o => o.ShutdownTimeout = TimeSpan.FromTicks(-1), "is -00:00:00.0000001; it must be from 00:00:00 to 1.00:00:00.");
        yield return Cache("ShutdownTimeout", o => o.ShutdownTimeout = TimeSpan.FromDays(2), "is 2.00:00:00; it must be from 00:00:00 to 1.00:00:00.");
        yield return Cache("KeyPrefix", o => o.KeyPrefix = null!, "is null; it must be a string, empty for none.");

        yield return Policy("Pattern", p => p.Pattern = "", "is empty; it must be a pattern such as 'product:*'.");
        yield return Policy("Expiration", p => p.Expiration = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Policy("LocalExpiration", p => p.LocalExpiration = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Policy("SlidingExpiration", p => p.SlidingExpiration = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Policy("FailSafeMaxDuration", p => p.FailSafeMaxDuration = TimeSpan.FromTicks(-1), "is -00:00:00.0000001; it must be at least 00:00:00.");
        yield return Policy("FailSafeThrottle", p => p.FailSafeThrottle = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Policy("FactorySoftTimeout", p => p.FactorySoftTimeout = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Policy("FactoryHardTimeout", p => p.FactoryHardTimeout = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Policy("TierSoftTimeout", p => p.TierSoftTimeout = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Policy("TierHardTimeout", p => p.TierHardTimeout = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Policy("EagerRefresh", p => p.EagerRefresh = 1.5, "is 1.5; it must be from 0 to 0.99.");
        yield return Policy("Jitter", p => p.Jitter = 1, "is 1; it must be from 0 to 0.9.");
        yield return Policy("Broadcast", p => p.Broadcast = (BroadcastMode)(-1), "is -1; it must be one of Remove, Update, None.");

        yield return Memory("SizeLimit", o => o.SizeLimit = (1 << 20) - 1, "is 1048575; it must be at least 1048576.");
        yield return Memory("EntryLimit", o => o.EntryLimit = 0, "is 0; it must be at least 1.");
        yield return Memory("AssumedValueSize", o => o.AssumedValueSize = -1, "is -1; it must be at least 0.");
        yield return Memory("TimeToIdle", o => o.TimeToIdle = TimeSpan.Zero, "is 00:00:00; it must be positive.");
        yield return Memory("TtlScale", o => o.TtlScale = double.NaN, "is NaN; it must be more than 0 and at most 1,000,000.");
        yield return Memory("TtlScale", o => o.TtlScale = -1, "is -1; it must be more than 0 and at most 1,000,000.");
        yield return Memory("Store", o => o.Store = (MemoryStoreKind)7, "is 7; it must be one of Bounded, Unbounded, MemoryCache.");

        yield return Tier("Level", o => o.Level = 1, "is 1; it must be greater than 1, the level of the tier above.");
        yield return Tier("Level", o => o.Level = -5, "is -5; it must be greater than 1, the level of the tier above.");
        yield return Tier("Name", o => o.Name = "memory", "is 'memory', the name of another tier; names must differ.", "memory");
        yield return Tier("Name", o => o.Name = " ", "is blank; it must be a name.", " ");
        yield return Tier("TtlScale", o => o.TtlScale = double.NaN, "is NaN; it must be more than 0 and at most 1,000,000.");
        yield return Tier("TtlScale", o => o.TtlScale = 0, "is 0; it must be more than 0 and at most 1,000,000.");
        yield return Tier("TtlScale", o => o.TtlScale = -2, "is -2; it must be more than 0 and at most 1,000,000.");
        yield return Tier("TtlScale", o => o.TtlScale = double.PositiveInfinity, "; it must be more than 0 and at most 1,000,000.");
        yield return Tier("PromotionFrequency", o => o.PromotionFrequency = -1, "is -1; it must be at least 0.");
        yield return Tier("MaximumPayloadBytes", o => o.MaximumPayloadBytes = 0, "is 0; it must be from 1 to 1073741824.");

        yield return Tier("HardTimeout", o => o.HardTimeout = TimeSpan.Zero, "is 00:00:00; it must be from 00:00:00.0010000 to 01:00:00.");
        yield return Tier("SoftTimeout", o => o.SoftTimeout = TimeSpan.FromHours(2), "is 02:00:00; it must be from 00:00:00.0010000 to 01:00:00.");
        yield return Tier("BreakDuration", o => o.BreakDuration = TimeSpan.FromTicks(-1), "is -00:00:00.0000001; it must be from 00:00:00 to 01:00:00.");
        yield return Tier("FailureWindow", o => o.FailureWindow = TimeSpan.Zero, "is 00:00:00; it must be from 00:00:00.1000000 to 01:00:00.");
        yield return Tier("FailureRatio", o => o.FailureRatio = 0, "is 0; it must be more than 0 and at most 1.");
        yield return Tier("FailureRatio", o => o.FailureRatio = double.NaN, "is NaN; it must be more than 0 and at most 1.");
        yield return Tier("MinimumCalls", o => o.MinimumCalls = 0, "is 0; it must be at least 1.");

        yield return Of("AddMemory", b => b.AddMemory().AddMemory(), "AddMemory was called twice; a cache has one L1.");
        yield return Of("UseBackplane", b => b.UseInProcessBackplane(new()).UseInProcessBackplane(new()), "A backplane was chosen twice; a cache has one.");
        yield return Of("two levels", b => Tiers(b, ("x", 3), ("y", 3)), "Tiers[1] ('y').Level is 3; it must be greater than 3, the level of the tier above.");
        yield return Of("descending", b => Tiers(b, ("x", 3), ("y", 2)), "Tiers[1] ('y').Level is 2; it must be greater than 3, the level of the tier above.");
        yield return Of("two names", b => Tiers(b, ("x", null), ("x", null)), "Tiers[1] ('x').Name is 'x', the name of another tier; names must differ.");
    }

    [TestCaseSource(nameof(Mistakes))]
    public async Task A_mistake_stops_the_host_and_names_option_value_and_range(Action<HybridTieredBuilder> configure, string expected)
    {
        foreach (string? name in new[] { null, "catalog" })
        {
            OptionsValidationException exception = await StartAndFailAsync(services => Add(services, name, configure));

            Assert.That(exception.Failures, Is.EqualTo(new[] { (name is null ? "HybridTiered: " : "HybridTiered cache 'catalog': ") + expected }));
        }
    }

    [Test]
    public void Every_option_is_in_the_table_or_has_no_limits()
    {
        string[] told = [.. Mistakes().Select(m => (string)m.Arguments[1]!)];
        IEnumerable<string> options = Names<TieredCacheOptions>("")
            .Concat(Names<EntryPolicy>("Policies[0]."))
            .Concat(Names<MemoryTierOptions>("Memory."))
            .Concat(Names<TierOptions>("Tiers[0] ('x').").Where(n => !n.EndsWith(".Name", StringComparison.Ordinal)))
            .Except(Unlimited);

        Assert.That(options.Where(option => !told.Any(t => t.StartsWith(option + " ", StringComparison.Ordinal))), Is.Empty);
    }

    [Test]
    public async Task All_mistakes_are_reported_together()
    {
        OptionsValidationException exception = await StartAndFailAsync(services => services.AddHybridTiered(b => Tiers(b, ("x", 2), ("x", 2))
            .Configure(o => (o.DefaultExpiration, o.MaximumKeyLength) = (TimeSpan.Zero, 0))
            .AddMemory(o => o.EntryLimit = 0)
            .AddMemory()));

        Assert.That(exception.Failures.Count(), Is.EqualTo(6));
        Assert.That(exception.Message, Does.Contain("DefaultExpiration").And.Contain("MaximumKeyLength").And.Contain("EntryLimit")
            .And.Contain("AddMemory").And.Contain("Level").And.Contain("Name"));
    }

    [Test]
    public async Task Mistakes_in_two_caches_are_reported_together()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        Add(builder.Services, null, b => b.Configure(o => o.MaximumKeyLength = 0));
        Add(builder.Services, "catalog", b => b.Configure(o => o.MaximumKeyLength = -1));
        using IHost host = builder.Build();

        AggregateException exception = (await Assert.ThrowsAsync<AggregateException>(() => host.StartAsync()))!;

        Assert.That(exception.InnerExceptions.OfType<OptionsValidationException>().SelectMany(e => e.Failures).Count(), Is.EqualTo(2));
        await host.StopAsync();
    }

    [Test]
    public async Task What_is_at_the_limits_is_allowed()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHybridTiered(b => b
            .Configure(o =>
            {
                (o.MaximumKeyLength, o.MaximumPayloadBytes, o.MaximumBroadcastBytes, o.MaximumPendingInvalidations) = (65_536, 1L << 30, 0, 1);
                (o.JournalInterval, o.TagRefreshInterval) = (TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
                (o.RetryInterval, o.ShutdownTimeout, o.DefaultExpiration) = (TimeSpan.FromMilliseconds(10), TimeSpan.Zero, TimeSpan.MaxValue);
            })
            .AddMemory(o => (o.SizeLimit, o.EntryLimit, o.AssumedValueSize, o.TtlScale) = (1 << 20, 1, 0, 1_000_000))
            .AddTier("x", _ => new InMemoryTier(TimeProvider.System), o => (o.Level, o.PromotionFrequency, o.TtlScale) = (9, 0, double.Epsilon)));
        using IHost host = builder.Build();

        await host.StartAsync();
        await host.StopAsync();
    }

    [Test]
    public void Without_a_host_a_mistake_is_found_when_the_cache_is_made()
    {
        using ServiceProvider provider = new ServiceCollection().AddHybridTiered(b => b.Configure(o => o.MaximumKeyLength = 0)).BuildServiceProvider();

        Assert.That(() => provider.GetRequiredService<TieredCache>(), Throws.InstanceOf<OptionsValidationException>());
    }

    [Test]
    public void An_L1_in_an_IMemoryCache_that_is_not_there_says_what_to_do()
    {
        using ServiceProvider provider = new ServiceCollection().AddHybridTiered(b => b.AddMemory(o => o.Store = MemoryStoreKind.MemoryCache)).BuildServiceProvider();

        Assert.That(() => provider.GetRequiredService<TieredCache>(), Throws.InvalidOperationException.With.Message.Contains("AddMemoryCache"));
    }

    private static async Task<OptionsValidationException> StartAndFailAsync(Action<IServiceCollection> configure)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        configure(builder.Services);
        using IHost host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch (OptionsValidationException exception)
        {
            return exception;
        }
        throw new AssertionException("The host has started.");
    }

    private static void Add(IServiceCollection services, string? name, Action<HybridTieredBuilder> configure)
    {
        if (name is null)
            services.AddHybridTiered(configure);
        else
            services.AddKeyedHybridTiered(name, configure);
    }

    private static IEnumerable<string> Names<T>(string prefix) => typeof(T).GetProperties().Where(p => !p.GetMethod!.IsStatic).Select(p => prefix + p.Name);

    private static HybridTieredBuilder Tiers(HybridTieredBuilder builder, params (string Kind, int? Level)[] tiers)
    {
        foreach ((string kind, int? level) in tiers)
            builder.AddTier(kind, _ => new InMemoryTier(TimeProvider.System), o => o.Level = level);
        return builder;
    }

    private static TestCaseData Cache(string option, Action<TieredCacheOptions> change, string expected) =>
        Of(option, b => b.Configure(change), $"{option} {expected}");

    private static TestCaseData Policy(string option, Action<EntryPolicy> change, string expected)
    {
        var policy = new EntryPolicy { Pattern = "a*" };
        change(policy);
        return Of("policy " + option, b => b.Configure(o => o.Policies.Add(policy)), $"Policies[0].{option} {expected}");
    }

    private static TestCaseData Memory(string option, Action<MemoryTierOptions> change, string expected) =>
        Of("memory " + option, b => b.AddMemory(change), $"Memory.{option} {expected}");

    private static TestCaseData Tier(string option, Action<TierOptions> change, string expected, string name = "x") => Of(
        "tier " + option,
        b => b.AddTier("x", _ => new InMemoryTier(TimeProvider.System), change),
        expected.StartsWith(';') ? $"Tiers[0] ('{name}').{option} is {double.PositiveInfinity}{expected}" : $"Tiers[0] ('{name}').{option} {expected}");

    private static TestCaseData Of(string name, Action<HybridTieredBuilder> configure, string expected) =>
        new TestCaseData(configure, expected).SetArgDisplayNames(name, expected);
}
