using System.Net;
using System.Text.Json;

namespace HybridTiered.Storefront.Tests;

[TestFixture]
public sealed class ShopPagesTests : StorefrontFixture
{
    [Test]
    public async Task A_page_is_rendered_once_and_then_served_from_the_cache()
    {
        using HttpResponseMessage first = await SendAsync("GET", "/shop/products/100");
        using HttpResponseMessage second = await SendAsync("GET", "/shop/products/100");

        Assert.That(first.Content.Headers.ContentType?.ToString(), Is.EqualTo("text/html; charset=utf-8"));
        Assert.That(first.Headers.Age, Is.Null);
        Assert.That(second.Headers.Age, Is.Not.Null);
        Assert.That(await second.Content.ReadAsStringAsync(), Is.EqualTo(await first.Content.ReadAsStringAsync()).And.Contain("version 1"));
    }

    [Test]
    public async Task A_changed_product_shows_on_its_page_and_on_that_of_its_category()
    {
        string product = await TextAsync("/shop/products/112");
        string category = product.Split("/shop/categories/")[1].Split('"')[0];
        string list = await TextAsync("/shop/categories/" + category);
        Assert.That(list, Does.Not.Contain("Copper"));

        using HttpResponseMessage changed = await SendAsync("PUT", "/products/112", """{"name":"Copper <kettle>","price":1.5}""");

        changed.EnsureSuccessStatusCode();
        Assert.That(await TextAsync("/shop/products/112"), Does.Contain("Copper &lt;kettle&gt;").And.Contain("version 2").And.Not.Contain("<kettle>"));
        Assert.That(await TextAsync("/shop/categories/" + category), Does.Contain("Copper &lt;kettle&gt;</a>, 1.50"));
    }

    [Test]
    public async Task Pages_of_other_products_stay()
    {
        await TextAsync("/shop/products/120");
        using HttpResponseMessage changed = await SendAsync("PUT", "/products/121", """{"name":"Other","price":1}""");
        using HttpResponseMessage again = await SendAsync("GET", "/shop/products/120");
        Assert.That(again.Headers.Age, Is.Not.Null);
    }

    [TestCase("/shop/products/0")]
    [TestCase("/shop/products/999999")]
    [TestCase("/shop/products/x")]
    [TestCase("/shop/categories/nothing")]
    public async Task What_does_not_exist_is_a_page_too_and_is_not_kept(string path)
    {
        using HttpResponseMessage first = await SendAsync("GET", path);
        using HttpResponseMessage second = await SendAsync("GET", path);
        Assert.That((first.StatusCode, second.StatusCode, second.Headers.Age), Is.EqualTo((HttpStatusCode.NotFound, HttpStatusCode.NotFound, (TimeSpan?)null)));
    }

    [Test]
    public async Task Every_category_has_a_page()
    {
        string[] paths = [.. (await TextAsync("/shop")).Split("href=\"").Skip(1).Select(part => part.Split('"')[0]).Where(p => p.StartsWith("/shop/", StringComparison.Ordinal))];
        Assert.That(paths, Has.Length.EqualTo(12));
        foreach (string path in paths)
            Assert.That(await TextAsync(path), Does.Contain("<li>"));
    }

    [Test]
    public async Task Health_tells_of_each_tier()
    {
        (_, JsonElement health) = await GetAsync("/health");
        Assert.That(health.GetProperty("status").GetString(), Is.EqualTo("Healthy"));
        Assert.That(health.GetProperty("checks").GetProperty("hybridtiered").GetProperty("data").GetProperty("tier.memory.answers").GetBoolean(), Is.True);
    }

    private async Task<string> TextAsync(string path)
    {
        using HttpResponseMessage response = await SendAsync("GET", path);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }
}
