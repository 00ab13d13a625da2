using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HybridTiered.Chains.Tests;

/// <summary>Chains that nothing but configuration describes. Nothing here connects.</summary>
[TestFixture, Category("Unit")]
public sealed class ConfiguredChainTests
{
    private const string HowToWrite = "; a number is written in digits alone, a time as [days.]hours:minutes:seconds, and a choice by its name.";

    [Test]
    public async Task Tiers_come_in_their_usual_order_and_Redis_brings_its_backplane()
    {
        using IHost host = Build(
            ("HybridTiered:Tiers:memcached:TtlScale", "8"), ("HybridTiered:Tiers:redis:InstanceName", "shop:"), ("HybridTiered:Tiers:disk:Directory", "somewhere"));
        CacheStatistics statistics = host.Services.GetRequiredService<ITieredCache>().GetStatistics();

        Assert.That(statistics.Tiers.Select(tier => (tier.Level, tier.Name)), Is.EqualTo(new[] { (1, "memory"), (2, "disk"), (3, "redis"), (4, "memcached") }));
        Assert.That(statistics.Invalidations.HasBackplane, Is.True);
        await host.Services.GetRequiredService<TieredCache>().DisposeAsync();
    }

    [Test]
    public async Task A_level_decides_the_order()
    {
        using IHost host = Build(("HybridTiered:Tiers:memcached:Level", "2"), ("HybridTiered:Tiers:disk:Level", "5"), ("HybridTiered:Tiers:disk:Directory", "somewhere"));
        CacheStatistics statistics = host.Services.GetRequiredService<ITieredCache>().GetStatistics();

        Assert.That(statistics.Tiers.Select(tier => (tier.Level, tier.Name)), Is.EqualTo(new[] { (1, "memory"), (2, "memcached"), (5, "disk") }));
        Assert.That(statistics.Invalidations.HasBackplane, Is.False);
        await host.Services.GetRequiredService<TieredCache>().DisposeAsync();
    }

    [Test]
    public void Mistakes_in_the_options_of_a_tier_are_reported_when_the_application_starts()
    {
        using IHost host = Build(("HybridTiered:Tiers:disk:TtlScale", "-1"));

        Assert.That(async () => await host.StartAsync(),
            Throws.InstanceOf<OptionsValidationException>().With.Message.Contains("TtlScale is -1").And.Message.Contains("Directory is ''"));
    }

    [Test]
    public void Values_of_a_wrong_type_are_reported_together_with_everything_else()
    {
        using IHost host = Build(
            ("HybridTiered:Tiers:redis:TtlScale", "much"), ("HybridTiered:Tiers:disk:SizeLimit", "10GB"), ("HybridTiered:Tiers:disk:Directory", "somewhere"),
            ("HybridTiered:Tiers:memcached:TtlScale", "-1"), ("HybridTiered:Memory:Store", "Big"), ("HybridTiered:DefaultExpiration", "soon"));

        Assert.That(async () => await host.StartAsync(), Throws.InstanceOf<OptionsValidationException>().With.Property(nameof(OptionsValidationException.Failures)).EqualTo(new[]
        {
            "HybridTiered: Failed to convert configuration value 'soon' at 'HybridTiered:DefaultExpiration' to type 'System.TimeSpan'" + HowToWrite,
            "HybridTiered: Failed to convert configuration value 'Big' at 'HybridTiered:Memory:Store' to type 'HybridTiered.Configuration.MemoryStoreKind'" + HowToWrite,
            "HybridTiered: Failed to convert configuration value '10GB' at 'HybridTiered:Tiers:disk:SizeLimit' to type 'System.Int64'" + HowToWrite,
            "HybridTiered: Failed to convert configuration value 'much' at 'HybridTiered:Tiers:redis:TtlScale' to type 'System.Double'" + HowToWrite,
            "HybridTiered: Tiers[2] ('memcached').TtlScale is -1; it must be more than 0 and at most 1,000,000.",
        }));
    }

    private static IHost Build(params (string Key, string Value)[] settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        builder.AddHybridTiered();
        return builder.Build();
    }
}
