using System.Net;
using HybridTiered.TestServers.Processes;
using static HybridTiered.Storefront.Tests.StorefrontPair;

namespace HybridTiered.Storefront.Tests;

[TestFixture, Category("Web"), Category("Redis"), Category("Fault")]
public sealed class RedisOutageTests
{
    [Test]
    public async Task Without_Redis_both_start_and_answer_and_they_become_coherent_when_it_comes()
    {
        await using StorefrontPair shop = await StorefrontPair.StartAsync(redisRuns: false);

        Assert.That((await GetAsync(shop.A, "/products/1")).Tier, Is.EqualTo("source"));
        Assert.That((await GetAsync(shop.A, "/products/1")).Tier, Is.EqualTo("L1"));
        Assert.That((await GetAsync(shop.B, "/products/1")).Tier, Is.EqualTo("source"));

        await shop.Redis.StartAsync();

        await AssertBecomeCoherentAsync(shop, 1);
    }

    [Test]
    public async Task When_Redis_is_killed_both_keep_answering_and_they_become_coherent_when_it_is_back()
    {
        await using StorefrontPair shop = await StorefrontPair.StartAsync();
        await GetAsync(shop.A, "/products/1");
        await GetAsync(shop.B, "/products/1");
        long version = (await PutAsync(shop.A, 1)).Version;
        await Eventually.TrueAsync(async () => (await GetAsync(shop.B, "/products/1")).Version == version, "B shows the change made on A");

        shop.Redis.Kill();

        Assert.That(await GetAsync(shop.A, "/products/1"), Is.EqualTo(("L1", version)).Or.EqualTo(("source", version)));
        Assert.That((await GetAsync(shop.B, "/products/1")).Version, Is.EqualTo(version));
        Assert.That((await GetAsync(shop.B, "/products/2")).Tier, Is.EqualTo("source"));
        (long changed, bool isComplete) = await PutAsync(shop.A, 1);
        Assert.That((changed, isComplete), Is.EqualTo((version + 1, false)));
        Assert.That((await GetAsync(shop.A, "/products/1")).Version, Is.EqualTo(changed));
        using HttpResponseMessage removed = await shop.A.DeleteAsync(new Uri("/cache/keys/product:2", UriKind.Relative));
        Assert.That(removed.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));

        await shop.Redis.StartAsync();

        await Eventually.TrueAsync(async () => (await GetAsync(shop.B, "/products/1")).Version == changed, "B shows what was changed meanwhile");
        await AssertBecomeCoherentAsync(shop, 1);
    }

    // Complete again, and both ways within moments and not only by expiry.
    private static async Task AssertBecomeCoherentAsync(StorefrontPair shop, int id)
    {
        long version = 0;
        await Eventually.TrueAsync(async () =>
        {
            (version, bool isComplete) = await PutAsync(shop.A, id);
            return isComplete;
        }, "an invalidation is complete again");
        await Eventually.TrueAsync(async () => (await GetAsync(shop.B, $"/products/{id}")).Version == version, "B shows the change made on A");
        version = (await PutAsync(shop.B, id)).Version;
        await Eventually.TrueAsync(async () => (await GetAsync(shop.A, $"/products/{id}")).Version == version, "A shows the change made on B");
    }
}
