using System.Net;
using HybridTiered.TestServers.Processes;
using static HybridTiered.Storefront.Tests.StorefrontPair;

namespace HybridTiered.Storefront.Tests;

/// <summary>Pages and sessions of two storefronts on one Redis.</summary>
[TestFixture]
public sealed class CartTests : StorefrontPairFixture
{
    [Test]
    public async Task A_cart_that_was_begun_on_one_goes_on_on_the_other()
    {
        string? cookie = null;
        using HttpClient a = Browser(Shop.A);
        using HttpClient b = Browser(Shop.B);

        Assert.That(await SendAsync(a, "POST", "/cart/7"), Is.EqualTo(""));
        Assert.That(await SendAsync(b, "POST", "/cart/8"), Is.EqualTo(""));

        Assert.That((await SendAsync(b, "GET", "/cart")).Split("<li>"), Has.Length.EqualTo(3));
        await Eventually.TrueAsync(async () => (await SendAsync(a, "GET", "/cart")).Split("<li>").Length == 3, "A shows what was added on B");
        cookie = null;
        Assert.That(await SendAsync(a, "GET", "/cart"), Does.Contain("nothing in it"), "another visitor has a cart of his own");

        async Task<string> SendAsync(HttpClient client, string method, string path)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (cookie is not null)
                request.Headers.Add("Cookie", cookie);
            using HttpResponseMessage response = await client.SendAsync(request);
            Assert.That(response.StatusCode, Is.EqualTo(method == "POST" ? HttpStatusCode.Found : HttpStatusCode.OK));
            if (response.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies))
                cookie = cookies.Single().Split(';')[0];
            return await response.Content.ReadAsStringAsync();
        }
    }

    // One that shows what it is answered, and whose cookies are the test's affair.
    private static HttpClient Browser(HttpClient other) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = other.BaseAddress };

    [Test]
    public async Task A_change_on_one_shows_on_the_pages_of_the_other()
    {
        foreach (HttpClient client in (HttpClient[])[Shop.A, Shop.B, Shop.B])
            Assert.That(await PageAsync(client), Does.Contain("version 1"));

        await PutAsync(Shop.A, 20);

        Assert.That(await PageAsync(Shop.A), Does.Contain("version 2"));
        await Eventually.TrueAsync(async () => (await PageAsync(Shop.B)).Contains("version 2", StringComparison.Ordinal), "B shows the change");

        static async Task<string> PageAsync(HttpClient client)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/shop/products/20") { Headers = { Host = "shop.example" } };
            using HttpResponseMessage response = await client.SendAsync(request);
            return await response.Content.ReadAsStringAsync();
        }
    }
}
