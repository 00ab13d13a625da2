using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HybridTiered.Chains.Tests;

/// <summary>Chains that nothing but configuration describes. Nothing here connects.</summary>
[TestFixture, Category("Unit")]
public sealed class ConfiguredChainTests
{
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

    private static IHost Build(params (string Key, string Value)[] settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        builder.AddHybridTiered();
        return builder.Build();
    }
}
