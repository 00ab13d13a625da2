using HybridTiered.Configuration;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HybridTiered.Tests.Configuration;

[TestFixture, Category("Unit")]
public sealed class ConfigurationBindingTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public void The_section_binds_every_option_of_the_cache()
    {
        using ServiceProvider provider = Build(
            services => services.AddHybridTiered(),
            ("HybridTiered:DefaultExpiration", "00:01:00"),
            ("HybridTiered:DefaultLocalExpiration", "00:00:30"),
            ("HybridTiered:DefaultSlidingExpiration", "00:00:20"),
            ("HybridTiered:DefaultFlags", "DisableLocalCacheRead, DisableCompression"),
            ("HybridTiered:DefaultBroadcast", "Update"),
            ("HybridTiered:MaximumKeyLength", "99"),
            ("HybridTiered:MaximumPayloadBytes", "98"),
            ("HybridTiered:MaximumBroadcastBytes", "97"),
            ("HybridTiered:KeyPrefix", "app:"),
            ("HybridTiered:JournalInterval", "00:00:07"),
            ("HybridTiered:TagRefreshInterval", "00:00:08"),
            ("HybridTiered:RetryInterval", "00:00:09"),
            ("HybridTiered:MaximumPendingInvalidations", "96"),
            ("HybridTiered:ShutdownTimeout", "00:00:11"),
            ("HybridTiered:Policies:0:Pattern", "a*"),
            ("HybridTiered:Policies:0:Flags", "DisableLocalCache"),
            ("HybridTiered:Policies:1:Pattern", "b*"),
            ("HybridTiered:Policies:1:Expiration", "01:00:00"),
            ("HybridTiered:Policies:1:LocalExpiration", "00:10:00"),
            ("HybridTiered:Policies:1:SlidingExpiration", "00:05:00"),
            ("HybridTiered:Policies:1:Broadcast", "None"),
            ("HybridTiered:Policies:1:Promote", "false"));

        TieredCacheOptions o = provider.GetRequiredService<IOptions<TieredCacheOptions>>().Value;

        Assert.That(
            (o.DefaultExpiration.TotalSeconds, o.DefaultLocalExpiration?.TotalSeconds, o.DefaultSlidingExpiration?.TotalSeconds, o.DefaultFlags, o.DefaultBroadcast),
            Is.EqualTo((60d, 30d, 20d, HybridCacheEntryFlags.DisableLocalCacheRead | HybridCacheEntryFlags.DisableCompression, BroadcastMode.Update)));
        Assert.That((o.MaximumKeyLength, o.MaximumPayloadBytes, o.MaximumBroadcastBytes, o.KeyPrefix), Is.EqualTo((99, 98L, 97, "app:")));
        Assert.That(
            (o.JournalInterval.Seconds, o.TagRefreshInterval.Seconds, o.RetryInterval.Seconds, o.MaximumPendingInvalidations, o.ShutdownTimeout.Seconds),
            Is.EqualTo((7, 8, 9, 96, 11)));
        Assert.That(o.Policies.Select(p => (p.Pattern, p.Flags)), Is.EqualTo(new[] { ("a*", HybridCacheEntryFlags.DisableLocalCache), ("b*", (HybridCacheEntryFlags?)null) }));
        EntryPolicy b = o.Policies[1];
        Assert.That(
            (b.Expiration?.TotalMinutes, b.LocalExpiration?.TotalMinutes, b.SlidingExpiration?.TotalMinutes, b.Broadcast, b.Promote),
            Is.EqualTo((60d, 10d, 5d, BroadcastMode.None, false)));
    }

    [Test]
    public void The_section_binds_L1()
    {
        using ServiceProvider provider = Build(
            services => services.AddHybridTiered(),
            ("HybridTiered:Memory:SizeLimit", "2000000"),
            ("HybridTiered:Memory:EntryLimit", "77"),
            ("HybridTiered:Memory:TtlScale", "0.5"),
            ("HybridTiered:Memory:TimeToIdle", "00:02:00"),
            ("HybridTiered:Memory:Store", "Unbounded"),
            ("HybridTiered:Memory:AssumedValueSize", "5"));

        MemoryTierOptions o = provider.GetRequiredService<IOptions<MemoryTierOptions>>().Value;

        Assert.That(
            (o.SizeLimit, o.EntryLimit, o.TtlScale, o.TimeToIdle?.TotalMinutes, o.Store, o.AssumedValueSize),
            Is.EqualTo((2_000_000L, 77L, 0.5, 2d, MemoryStoreKind.Unbounded, 5)));
    }

    [Test]
    public async Task The_section_binds_each_kind_of_tier_and_code_has_the_last_word()
    {
        var tier = new InMemoryTier(_time);
        await using ServiceProvider provider = Build(
            services => services.AddHybridTiered(b => b
                .Configure(o => o.MaximumKeyLength = 50)
                .AddMemory(o => o.EntryLimit = 88)
                .AddTier("lower", _ => tier, o => o.Name = "by code")),
            ("HybridTiered:MaximumKeyLength", "99"),
            ("HybridTiered:KeyPrefix", "app:"),
            ("HybridTiered:Memory:EntryLimit", "77"),
            ("HybridTiered:Memory:AssumedValueSize", "5"),
            ("HybridTiered:Tiers:lower:Name", "by configuration"),
            ("HybridTiered:Tiers:lower:Level", "4"),
            ("HybridTiered:Tiers:lower:TtlScale", "2"));
        TieredCache cache = provider.GetRequiredService<TieredCache>();

        await cache.SetAsync("k", "v", CacheStrategy.MediumTerm);

        TierStatistics statistics = cache.GetStatistics().Tiers[1];
        Assert.That((statistics.Name, statistics.Level, tier.Peek("app:k")?.Absolute), Is.EqualTo(("by code", 4, TimeSpan.FromHours(2))));
        Assert.That(provider.GetRequiredService<IOptions<TieredCacheOptions>>().Value.MaximumKeyLength, Is.EqualTo(50));
        MemoryTierOptions memory = provider.GetRequiredService<IOptions<MemoryTierOptions>>().Value;
        Assert.That((memory.EntryLimit, memory.AssumedValueSize), Is.EqualTo((88L, 5)));
    }

    [Test]
    public async Task A_named_cache_has_a_section_of_its_own()
    {
        var tier = new InMemoryTier(_time);
        await using ServiceProvider provider = Build(
            services => services.AddHybridTiered().AddKeyedHybridTiered("catalog", b => b.AddTier("lower", _ => tier)),
            ("HybridTiered:DefaultExpiration", "00:01:00"),
            ("HybridTiered:Caches:catalog:DefaultExpiration", "00:02:00"),
            ("HybridTiered:Caches:catalog:Memory:EntryLimit", "9"),
            ("HybridTiered:Caches:catalog:Tiers:lower:TtlScale", "3"));

        await provider.GetRequiredKeyedService<HybridCache>("catalog").SetAsync("k", "v");

        Assert.That(tier.Peek("catalog:k")?.Absolute, Is.EqualTo(TimeSpan.FromMinutes(6)));
        Assert.That(provider.GetRequiredService<IOptions<TieredCacheOptions>>().Value.DefaultExpiration, Is.EqualTo(TimeSpan.FromMinutes(1)));
        Assert.That(provider.GetRequiredService<IOptionsMonitor<MemoryTierOptions>>().Get("catalog").EntryLimit, Is.EqualTo(9));
        Assert.That(provider.GetRequiredService<IOptions<MemoryTierOptions>>().Value.EntryLimit, Is.EqualTo(1_000_000));
    }

    [Test]
    public async Task The_key_prefix_of_a_named_cache_can_be_configured()
    {
        var tier = new InMemoryTier(_time);
        await using ServiceProvider provider = Build(
            services => services.AddKeyedHybridTiered("catalog", b => b.AddTier("lower", _ => tier)), ("HybridTiered:Caches:catalog:KeyPrefix", "c/"));

        await provider.GetRequiredKeyedService<HybridCache>("catalog").SetAsync("k", "v");

        Assert.That(tier.Keys, Is.EqualTo(new[] { "c/k" }));
    }

    [Test]
    public async Task Policies_from_configuration_reach_code_that_only_knows_HybridCache()
    {
        var tier = new InMemoryTier(_time);
        await using ServiceProvider provider = Build(
            services => services.AddHybridTiered(b => b.AddTier("lower", _ => tier)),
            ("HybridTiered:Policies:0:Pattern", "price:*"),
            ("HybridTiered:Policies:0:Expiration", "00:00:10"));
        HybridCache cache = provider.GetRequiredService<HybridCache>();

        await cache.SetAsync("price:1", "v");
        await cache.SetAsync("name:1", "v");

        Assert.That((tier.Peek("price:1")?.Absolute, tier.Peek("name:1")?.Absolute), Is.EqualTo((TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5))));
    }

    [Test]
    public void Without_any_configuration_the_defaults_hold()
    {
        using ServiceProvider provider = new ServiceCollection().AddHybridTiered().BuildServiceProvider();

        TieredCacheOptions o = provider.GetRequiredService<IOptions<TieredCacheOptions>>().Value;

        Assert.That((o.DefaultExpiration.TotalMinutes, o.MaximumKeyLength, o.MaximumPayloadBytes, o.KeyPrefix), Is.EqualTo((5d, 1024, 1L << 20, "")));
    }

    private ServiceProvider Build(Action<IServiceCollection> configure, params (string Key, string? Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_time);
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Key, s.Value))).Build());
        configure(services);
        return services.BuildServiceProvider();
    }
}
