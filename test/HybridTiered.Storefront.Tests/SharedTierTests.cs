using System.Net.Http.Json;
using System.Text.Json;
using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;
using HybridTiered.TestServers.Storefront;

namespace HybridTiered.Storefront.Tests;

[TestFixture, Category("Redis")]
public sealed class SharedTierTests
{
    private RedisServer _redis = null!;
    private StorefrontServer _one = null!;
    private StorefrontServer _other = null!;
    private HttpClient _client = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _redis = await RedisServer.StartAsync();
        _one = await StorefrontServer.StartAsync("--redis", _redis.EndPoint);
        _other = await StorefrontServer.StartAsync("--redis", _redis.EndPoint);
        _client = new HttpClient();
        // An instance that has just subscribed gives up what it had read before.
        foreach (StorefrontServer server in new[] { _one, _other })
            await Eventually.TrueAsync(async () => (await StatisticsAsync(server)).GetProperty("invalidations").GetProperty("catchUps").GetInt64() > 0, "the journal is followed");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _client?.Dispose();
        _other?.Dispose();
        _one?.Dispose();
        if (_redis is not null)
            await _redis.DisposeAsync();
    }

    [Test]
    public async Task What_one_storefront_has_read_from_the_source_the_other_finds_in_L2()
    {
        long before = await WritesToL2Async();
        await TierOfAsync(_one, 1);
        await Eventually.TrueAsync(async () => await WritesToL2Async() > before, "the value is written behind");

        string[] tiers = [await TierOfAsync(_other, 1), await TierOfAsync(_other, 1)];

        Assert.That(tiers, Is.EqualTo(new[] { "L2", "L1" }));
    }

    [Test]
    public async Task A_change_at_one_storefront_takes_the_product_out_of_the_other_ones_L1()
    {
        await Eventually.TrueAsync(async () => await TierOfAsync(_other, 2) == "L1", "the product is in L1");

        using HttpResponseMessage changed = await _client.PutAsJsonAsync(new Uri(_one.Address, "/products/2"), new { name = "Changed", price = 5 });

        Assert.That(changed.IsSuccessStatusCode);
        await Eventually.TrueAsync(async () => await TierOfAsync(_other, 2) != "L1", "the invalidation arrives");
    }

    private async Task<string> TierOfAsync(StorefrontServer server, int product)
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(server.Address, $"/products/{product}"));
        return response.Headers.GetValues("X-Cache-Tier").Single();
    }

    private async Task<long> WritesToL2Async() => (await StatisticsAsync(_one)).GetProperty("tiers")[1].GetProperty("writes").GetInt64();

    private async Task<JsonElement> StatisticsAsync(StorefrontServer server) =>
        (await _client.GetFromJsonAsync<JsonElement>(new Uri(server.Address, "/stats"))).GetProperty("cache");
}
