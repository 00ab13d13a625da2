using System.Net;
using HybridTiered.TestServers.Processes;
using static HybridTiered.Storefront.Tests.StorefrontPair;

namespace HybridTiered.Storefront.Tests;

[TestFixture]
public sealed class TwoStorefrontsTests : StorefrontPairFixture
{
    [Test]
    public async Task What_one_has_computed_comes_to_the_other_from_L2_and_then_from_L1()
    {
        await GetAsync(Shop.A, "/products/1");
        await Shop.WaitUntilSharedAsync("product:1");

        Assert.That((await GetAsync(Shop.B, "/products/1")).Tier, Is.EqualTo("L2"));
        Assert.That((await GetAsync(Shop.B, "/products/1")).Tier, Is.EqualTo("L1"));
    }

    [Test]
    public async Task A_change_on_one_shows_on_the_other_although_it_had_the_product_in_L1()
    {
        await FillAsync("/products/2", "product:2");
        long before = (await GetAsync(Shop.B, "/products/2")).Version;

        (long version, bool isComplete) = await PutAsync(Shop.A, 2);

        Assert.That((version, isComplete), Is.EqualTo((before + 1, true)));
        await Eventually.TrueAsync(async () => (await GetAsync(Shop.B, "/products/2")).Version == version, "B shows the change made on A");
        Assert.That((await GetAsync(Shop.A, "/products/2")).Version, Is.EqualTo(version));
    }

    [Test]
    public async Task Changes_on_both_count_on_in_one_catalogue()
    {
        long before = (await GetAsync(Shop.A, "/products/3")).Version;

        long[] versions = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i => (await PutAsync(i % 2 == 0 ? Shop.A : Shop.B, 3)).Version));

        Assert.That(versions, Is.EquivalentTo(Enumerable.Range(1, 20).Select(i => before + i)));
        await Eventually.TrueAsync(async () => (await GetAsync(Shop.A, "/products/3")).Version == before + 20, "A shows the last change");
        await Eventually.TrueAsync(async () => (await GetAsync(Shop.B, "/products/3")).Version == before + 20, "B shows the last change");
    }

    [TestCase("/cache/keys/product:10", 10)]
    [TestCase("/cache/tags/products", 11)]
    [TestCase("/cache/tags/*", 12)]
    [TestCase("/cache?pattern=product:1[3]", 13)]
    [NonParallelizable]
    public async Task An_invalidation_on_one_empties_L1_of_the_other(string path, int id)
    {
        await FillAsync($"/products/{id}", $"product:{id}");

        using HttpResponseMessage response = await Shop.A.DeleteAsync(new Uri(path, UriKind.Relative));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        await Eventually.TrueAsync(async () => (await GetAsync(Shop.B, $"/products/{id}")).Tier == "source", "B reads the source again");
    }

    private async Task FillAsync(string path, string key)
    {
        await GetAsync(Shop.A, path);
        await Shop.WaitUntilSharedAsync(key);
        await GetAsync(Shop.B, path);
        Assert.That((await GetAsync(Shop.B, path)).Tier, Is.EqualTo("L1"));
    }
}
