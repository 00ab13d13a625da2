using HybridTiered.TestServers.Processes;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary><c>AddHybridTiered()</c> and nothing else: Redis if there is one to be found, else not.</summary>
[TestFixture]
[Category("Redis")]
[NonParallelizable] // The environment variable is the process's.
[CancelAfter(60_000)]
public class ZeroConfigurationTests
{
    private const string Variable = "REDIS_URL";

    private string? _before;
    private string _prefix = null!;

    [SetUp]
    public void ForgetVariable()
    {
        _prefix = SharedServer.NextPrefix();
        _before = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, null);
    }

    [TearDown]
    public void RestoreVariable() => Environment.SetEnvironmentVariable(Variable, _before);

    [Test]
    public async Task Redis_of_the_connection_string_is_tier_and_backplane() =>
        await AssertCoherentOnRedisAsync(new() { ["ConnectionStrings:Redis"] = SharedServer.ConnectionString });

    [Test]
    public async Task Redis_of_the_variable_is_tier_and_backplane()
    {
        Environment.SetEnvironmentVariable(Variable, $"redis://{SharedServer.ConnectionString}/0");
        await AssertCoherentOnRedisAsync([]);
    }

    [Test]
    public async Task Connection_string_wins_over_the_variable()
    {
        Environment.SetEnvironmentVariable(Variable, "redis://127.0.0.1:1");
        await AssertCoherentOnRedisAsync(new() { ["ConnectionStrings:Redis"] = SharedServer.ConnectionString });
    }

    [Test]
    public async Task Without_either_there_is_memory_alone([Values("", null)] string? empty)
    {
        Environment.SetEnvironmentVariable(Variable, empty);
        await using ServiceProvider services = Provide(new() { ["ConnectionStrings:Redis"] = empty });
        var cache = services.GetRequiredService<TieredCache>();

        Assert.That(await services.GetRequiredService<HybridCache>().GetOrCreateAsync("k", _ => new ValueTask<int>(1)), Is.EqualTo(1));

        Assert.That(cache.GetStatistics().Tiers.Select(t => t.Name), Is.EqualTo(new[] { "memory" }));
        Assert.That(cache.GetStatistics().Invalidations.IsConnected, Is.True, "there is nothing to be connected to");
    }

    [Test]
    public async Task Options_of_the_tier_come_from_the_configuration()
    {
        await using ServiceProvider services = Provide(new()
        {
            ["ConnectionStrings:Redis"] = SharedServer.ConnectionString,
            ["HybridTiered:Tiers:redis:InstanceName"] = "shop:",
            ["HybridTiered:Tiers:redis:Name"] = "the redis",
        });

        Assert.That(services.GetRequiredService<TieredCache>().GetStatistics().Tiers[1].Name, Is.EqualTo("the redis"));
    }

    private async Task AssertCoherentOnRedisAsync(Dictionary<string, string?> configuration)
    {
        configuration["HybridTiered:KeyPrefix"] = _prefix;
        await using ServiceProvider one = Provide(configuration);
        await using ServiceProvider other = Provide(configuration);
        var first = one.GetRequiredService<TieredCache>();
        var second = other.GetRequiredService<TieredCache>();

        await first.SetAsync("k", "value");
        CacheResult<string> found = await second.TryGetAsync<string>("k");
        Assert.That(found, Is.EqualTo(new CacheResult<string>(true, "value", 2)));
        Assert.That(first.GetStatistics().Tiers.Select(t => t.Name), Is.EqualTo(new[] { "memory", "redis" }));
        await first.RemoveAsync("k");
        await Eventually.TrueAsync(() => second.GetStatistics().Invalidations.Received.Values.Sum() == 1, "the message");
        Assert.That((await second.TryGetAsync<string>("k")).Found, Is.False);
    }

    private static ServiceProvider Provide(Dictionary<string, string?> configuration)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(configuration).Build());
        services.AddHybridTiered();
        return services.BuildServiceProvider();
    }
}
