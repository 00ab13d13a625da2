using HybridTiered.Configuration;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HybridTiered.Tests.Configuration;

/// <summary><c>builder.AddHybridTiered()</c> makes the caches that configuration describes.</summary>
[TestFixture, Category("Unit")]
public sealed class HostBuilderTests
{
    [Test]
    public async Task Without_a_section_the_cache_has_L1()
    {
        using IHost host = Build(_ => { });

        Assert.That(TiersOf(host.Services.GetRequiredService<ITieredCache>()), Is.EqualTo(new[] { "memory" }));
        Assert.That(await host.Services.GetRequiredService<HybridCache>().GetOrCreateAsync("k", _ => ValueTask.FromResult(1)), Is.EqualTo(1));
    }

    [Test]
    public void The_tiers_that_the_section_names_are_added_with_their_options()
    {
        using IHost host = Build(
            builder => builder.Services.AddSingleton<IDistributedCache>(new RecordingDistributedCache(TimeProvider.System)),
            ("HybridTiered:Tiers:distributed:Name", "elsewhere"), ("HybridTiered:DefaultExpiration", "00:01:00"));

        Assert.That(TiersOf(host.Services.GetRequiredService<ITieredCache>()), Is.EqualTo(new[] { "memory", "elsewhere" }));
        Assert.That(host.Services.GetRequiredService<IOptions<TieredCacheOptions>>().Value.DefaultExpiration, Is.EqualTo(TimeSpan.FromMinutes(1)));
    }

    [Test]
    public void Named_caches_of_the_section_are_registered_with_tiers_of_their_own()
    {
        using IHost host = Build(
            builder => builder.Services.AddSingleton<IDistributedCache>(new RecordingDistributedCache(TimeProvider.System)),
            ("HybridTiered:Caches:catalog:Tiers:distributed:TtlScale", "2"), ("HybridTiered:Caches:plain:DefaultExpiration", "00:01:00"));

        Assert.That(TiersOf(host.Services.GetRequiredKeyedService<ITieredCache>("catalog")), Is.EqualTo(new[] { "memory", "distributed" }));
        Assert.That(host.Services.GetRequiredKeyedService<HybridCache>("plain"), Is.Not.SameAs(host.Services.GetRequiredService<HybridCache>()));
    }

    [TestCase("disk")]
    [TestCase("redis")]
    [TestCase("typo")]
    public void A_tier_whose_package_is_missing_is_reported_when_the_application_starts(string kind)
    {
        using IHost host = Build(_ => { }, ($"HybridTiered:Tiers:{kind}:TtlScale", "2"), ("HybridTiered:DefaultExpiration", "-1"));

        Assert.That(async () => await host.StartAsync(), Throws.InstanceOf<OptionsValidationException>()
            .With.Message.Contains($"Tiers:{kind} names a tier that is not there").And.Message.Contains("HybridTiered.Redis").And.Message.Contains("DefaultExpiration"));
    }

    [Test]
    public void Code_adds_below_what_configuration_names()
    {
        using IHost host = Build(
            builder => builder.Services.AddSingleton<IDistributedCache>(new RecordingDistributedCache(TimeProvider.System)),
            cache => cache.AddTier("mine", _ => new InMemoryTier(TimeProvider.System)),
            ("HybridTiered:Tiers:distributed:TtlScale", "2"));

        Assert.That(TiersOf(host.Services.GetRequiredService<ITieredCache>()), Is.EqualTo(new[] { "memory", "distributed", "mine" }));
    }

    private static string[] TiersOf(ITieredCache cache) => [.. cache.GetStatistics().Tiers.Select(tier => tier.Name)];

    private static IHost Build(Action<IHostApplicationBuilder> prepare, params (string Key, string Value)[] settings) => Build(prepare, null, settings);

    private static IHost Build(Action<IHostApplicationBuilder> prepare, Action<HybridTieredBuilder>? configure, params (string Key, string Value)[] settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        prepare(builder);
        builder.AddHybridTiered(configure);
        return builder.Build();
    }
}
