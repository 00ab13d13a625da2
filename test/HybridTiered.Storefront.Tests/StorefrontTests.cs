using System.Net;
using System.Text.Json;

namespace HybridTiered.Storefront.Tests;

[TestFixture]
public sealed class StorefrontTests : StorefrontFixture
{
    [Test]
    public async Task A_product_comes_from_the_source_first_and_from_L1_then()
    {
        (string Tier, JsonElement Body) first = await GetAsync("/products/1");
        (string Tier, JsonElement Body) second = await GetAsync("/products/1");

        Assert.That((first.Tier, second.Tier), Is.EqualTo(("source", "L1")));
        Assert.That(second.Body.ToString(), Is.EqualTo(first.Body.ToString()));
    }

    [Test]
    public async Task A_category_comes_from_the_source_first_and_from_L1_then()
    {
        (string Tier, JsonElement Body) first = await GetAsync("/categories/tea");
        (string Tier, JsonElement Body) second = await GetAsync("/categories/tea");

        Assert.That((first.Tier, second.Tier), Is.EqualTo(("source", "L1")));
        Assert.That(second.Body.GetProperty("products").GetArrayLength(), Is.EqualTo(250));
    }

    [Test]
    public async Task A_change_shows_at_once_on_the_product_and_on_the_page_of_its_category()
    {
        JsonElement before = (await GetAsync("/products/2")).Body;
        string page = "/categories/" + before.GetProperty("category").GetString();
        await GetAsync(page);

        using HttpResponseMessage changed = await SendAsync("PUT", "/products/2", """{"name":"Red kettle","price":19.9}""");
        (string Tier, JsonElement Body) product = await GetAsync("/products/2");
        JsonElement onPage = (await GetAsync(page)).Body.GetProperty("products").EnumerateArray().Single(p => p.GetProperty("id").GetInt32() == 2);

        Assert.That(changed.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(product.Tier, Is.EqualTo("source"));
        Assert.That(product.Body.GetProperty("name").GetString(), Is.EqualTo("Red kettle"));
        Assert.That(product.Body.GetProperty("price").GetDecimal(), Is.EqualTo(19.9m));
        Assert.That(product.Body.GetProperty("version").GetInt64(), Is.EqualTo(before.GetProperty("version").GetInt64() + 1));
        Assert.That(onPage.ToString(), Is.EqualTo(product.Body.ToString()));
    }

    [Test]
    public async Task A_change_leaves_other_products_in_the_cache()
    {
        await GetAsync("/products/3");

        using HttpResponseMessage changed = await SendAsync("PUT", "/products/15", """{"name":"Of the same category","price":1}""");

        Assert.That(changed.IsSuccessStatusCode);
        Assert.That((await GetAsync("/products/3")).Tier, Is.EqualTo("L1"));
    }

    [Test]
    public async Task The_metrics_are_open_and_the_dashboard_is_closed_outside_of_development()
    {
        using HttpResponseMessage metrics = await SendAsync("GET", "/metrics");
        using HttpResponseMessage dashboard = await SendAsync("GET", "/cache");

        Assert.That(await metrics.Content.ReadAsStringAsync(), Does.Contain("hybridtiered_requests_total{"));
        Assert.That(dashboard.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [TestCase("/cache/keys/product:101", "source", "L1")]
    [TestCase("/cache?pattern=product:10[1-1]", "source", "L1")]
    [TestCase("/cache?pattern=product:10*", "source", "source")]
    [TestCase("/cache/tags/products", "source", "source")]
    [TestCase("/cache/tags/*", "source", "source")]
    [TestCase("/cache/keys/product:1/02", "L1", "L1")]
    [NonParallelizable]
    public async Task An_invalidation_takes_out_what_it_names_and_nothing_else(string path, string tierOf101, string tierOf102)
    {
        await GetAsync("/products/101");
        await GetAsync("/products/102");

        using HttpResponseMessage response = await SendAsync("DELETE", path);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(((await GetAsync("/products/101")).Tier, (await GetAsync("/products/102")).Tier), Is.EqualTo((tierOf101, tierOf102)));
    }

    [Test]
    public async Task A_product_that_does_not_exist_is_looked_for_once()
    {
        using HttpResponseMessage first = await SendAsync("GET", "/products/3001");
        using HttpResponseMessage second = await SendAsync("GET", "/products/3001");

        Assert.That((first.StatusCode, second.StatusCode), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound)));
        Assert.That((TierOf(first), TierOf(second)), Is.EqualTo(("source", "L1")));
    }

    [Test]
    public async Task The_statistics_count_reads_of_the_source_and_hits()
    {
        JsonElement before = (await GetAsync("/stats")).Body;
        await GetAsync("/products/4");
        await GetAsync("/products/4");
        using HttpResponseMessage changed = await SendAsync("PUT", "/products/4", """{"name":"Changed","price":2}""");
        await GetAsync("/products/4");
        JsonElement after = (await GetAsync("/stats")).Body;

        Assert.That(Growth("source", "reads"), Is.EqualTo(2));
        Assert.That(Growth("source", "writes"), Is.EqualTo(1));
        Assert.That(Growth("cache", "requests"), Is.EqualTo(3));
        Assert.That(Growth("cache", "hits"), Is.EqualTo(1));
        Assert.That(Growth("cache", "misses"), Is.EqualTo(2));

        long Growth(string part, string counter) =>
            after.GetProperty(part).GetProperty(counter).GetInt64() - before.GetProperty(part).GetProperty(counter).GetInt64();
    }

    [Test]
    public async Task Many_readers_of_a_missing_product_read_the_source_once()
    {
        long before = (await GetAsync("/stats")).Body.GetProperty("source").GetProperty("reads").GetInt64();

        (string Tier, JsonElement Body)[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => GetAsync("/products/5")));

        Assert.That(answers.Select(a => a.Body.ToString()).Distinct().Count(), Is.EqualTo(1));
        Assert.That((await GetAsync("/stats")).Body.GetProperty("source").GetProperty("reads").GetInt64() - before, Is.EqualTo(1));
    }

    [Test]
    public async Task The_start_page_says_what_to_try()
    {
        using HttpResponseMessage response = await SendAsync("GET", "/");

        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/html"));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("/products/42").And.Contain("/cache?pattern="));
    }
}
