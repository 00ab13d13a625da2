using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HybridTiered.TestServers.Storefront;

namespace HybridTiered.Storefront.Tests;

/// <summary>Starts one storefront for a fixture, and asks it. Each test uses products of its own.</summary>
[Category("Web")]
public abstract class StorefrontFixture
{
    private StorefrontServer _server = null!;

    protected HttpClient Client { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _server = await StorefrontServer.StartAsync();
        Client = new HttpClient { BaseAddress = _server.Address };
    }

    [OneTimeTearDown]
    public void Stop()
    {
        Client?.Dispose();
        _server?.Dispose();
    }

    protected Task<HttpResponseMessage> SendAsync(string method, string path, string? body = null, string contentType = "application/json")
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(contentType) } };
        return Client.SendAsync(request);
    }

    /// <summary>Sends a GET that must succeed.</summary>
    protected async Task<(string Tier, JsonElement Body)> GetAsync(string path)
    {
        using HttpResponseMessage response = await SendAsync("GET", path);
        response.EnsureSuccessStatusCode();
        return (TierOf(response), await BodyOf(response));
    }

    protected static string TierOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Cache-Tier", out IEnumerable<string>? tiers) ? tiers.Single() : "no header";

    protected static async Task<JsonElement> BodyOf(HttpResponseMessage response) =>
        JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
}
