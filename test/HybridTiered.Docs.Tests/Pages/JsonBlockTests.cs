using System.Text.Json;
using HybridTiered.Configuration;
using HybridTiered.Disk;
using HybridTiered.Docs.Tests.Markdown;
using HybridTiered.Memcached;
using HybridTiered.Redis.Tiers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HybridTiered.Docs.Tests.Pages;

/// <summary>Settings on a page are read by the caches: each name exists, each value is of its type, and all together are valid.</summary>
[TestFixture, Category("Unit")]
public sealed class JsonBlockTests
{
    private static readonly string[] Sections = ["Memory", "Tiers", "Caches"];

    private static IEnumerable<CodeBlock> Json => Repository.Pages.SelectMany(page => page.Blocks).Where(block => block.Language == "json");

    [TestCaseSource(nameof(Json))]
    public void A_block_is_json(object block) =>
        Assert.That(() => JsonDocument.Parse(((CodeBlock)block).Text).Dispose(), Throws.Nothing);

    [TestCaseSource(nameof(Json))]
    public void The_section_of_the_cache_binds_and_is_valid(object block) =>
        Assert.That(() => Check(((CodeBlock)block).Text), Throws.Nothing);

    [TestCase("""{ "HybridTiered": { "DefaultExpiratoin": "00:01:00" } }""")]
    [TestCase("""{ "HybridTiered": { "Tiers": { "redis": { "TtlScales": 2 } } } }""")]
    [TestCase("""{ "HybridTiered": { "Tiers": { "redis": { "TtlScale": "much" } } } }""")]
    [TestCase("""{ "HybridTiered": { "Tiers": { "redis": { "TtlScale": -1 } } } }""")]
    [TestCase("""{ "HybridTiered": { "Caches": { "a": { "Memory": { "SizeLimit": 1 } } } } }""")]
    public void A_mistake_is_found(string json) =>
        Assert.That(() => Check(json), Throws.Exception);

    private static void Check(string json)
    {
        IConfiguration configuration = Read(json);
        IConfigurationSection section = configuration.GetSection(HybridTieredServiceCollectionExtensions.ConfigurationSection);
        IConfigurationSection[] caches = [.. section.GetSection("Caches").GetChildren()];
        foreach (IConfigurationSection cache in caches.Prepend(section))
            BindStrictly(cache);

        var services = new ServiceCollection();
        services.AddSingleton(configuration);
        services.AddHybridTiered(builder => AddTiers(builder, section));
        foreach (IConfigurationSection cache in caches)
            services.AddKeyedHybridTiered(cache.Key, builder => AddTiers(builder, cache));
        using ServiceProvider provider = services.BuildServiceProvider();
        provider.GetRequiredService<IStartupValidator>().Validate();
    }

    private static void AddTiers(HybridTieredBuilder builder, IConfigurationSection cache)
    {
        foreach (IConfigurationSection tier in cache.GetSection("Tiers").GetChildren().OrderBy(tier => tier.GetValue("Level", int.MaxValue)))
        {
            _ = tier.Key switch
            {
                "disk" => builder.AddDisk(),
                "redis" => builder.AddRedis("localhost"),
                "memcached" => builder.AddMemcached(),
                _ => builder.AddTier(tier.Key, _ => null),
            };
        }
    }

    private static void BindStrictly(IConfigurationSection cache)
    {
        Bind(Without(cache, Sections), new TieredCacheOptions());
        Bind(cache.GetSection("Memory"), new MemoryTierOptions());
        foreach (IConfigurationSection tier in cache.GetSection("Tiers").GetChildren())
        {
            Bind(tier, tier.Key switch
            {
                "disk" => new DiskTierOptions(),
                "redis" => new RedisTierOptions(),
                "memcached" => new MemcachedTierOptions(),
                _ => new TierOptions(),
            });
        }
    }

    private static void Bind(IConfiguration section, object options) => section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);

    private static IConfiguration Without(IConfigurationSection section, string[] names) => new ConfigurationBuilder()
        .AddInMemoryCollection(section.AsEnumerable(makePathsRelative: true).Where(pair => !names.Contains(pair.Key.Split(':')[0], StringComparer.OrdinalIgnoreCase)))
        .Build();

    private static IConfigurationRoot Read(string json)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json));
        return new ConfigurationBuilder().AddJsonStream(stream).Build();
    }
}
