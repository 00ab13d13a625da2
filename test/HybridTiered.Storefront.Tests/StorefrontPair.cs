using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HybridTiered.TestServers.Redis;
using HybridTiered.TestServers.Storefront;

namespace HybridTiered.Storefront.Tests;

/// <summary>Two storefronts on one Redis, with one catalogue.</summary>
internal sealed class StorefrontPair : IAsyncDisposable
{
    private readonly DirectoryInfo _catalogue = Directory.CreateTempSubdirectory("storefront-catalogue-");
    private readonly List<StorefrontServer> _servers = [];

    private StorefrontPair(RedisServer redis) => Redis = redis;

    public RedisServer Redis { get; }

    public HttpClient A { get; private set; } = null!;

    public HttpClient B { get; private set; } = null!;

    /// <param name="redisRuns">Whether Redis runs from the beginning.</param>
    public static async Task<StorefrontPair> StartAsync(bool redisRuns = true)
    {
        var pair = new StorefrontPair(RedisServer.Prepare());
        try
        {
            if (redisRuns)
                await pair.Redis.StartAsync();
            pair.A = await pair.OpenAsync(pair.Redis.EndPoint);
            pair.B = await pair.OpenAsync($"redis://{pair.Redis.EndPoint}/0");
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    public static async Task<(string Tier, long Version)> GetAsync(HttpClient client, string path)
    {
        using HttpResponseMessage response = await client.GetAsync(new Uri(path, UriKind.Relative));
        response.EnsureSuccessStatusCode();
        JsonElement body = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
        return (response.Headers.GetValues("X-Cache-Tier").Single(), body.TryGetProperty("version", out JsonElement version) ? version.GetInt64() : 0);
    }

    /// <summary>Changes a product; it must succeed.</summary>
    /// <returns>The new version, and whether the invalidation was complete.</returns>
    public static async Task<(long Version, bool IsComplete)> PutAsync(HttpClient client, int id)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"name":"Changed","price":5}"""));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await client.PutAsync(new Uri($"/products/{id}", UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
        JsonElement body = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
        return (body.GetProperty("version").GetInt64(), !response.Headers.Contains("X-Cache-Invalidation"));
    }

    /// <summary>Computed values reach Redis behind the answer; this tells when.</summary>
    public Task WaitUntilSharedAsync(string key) => TestServers.Processes.Eventually.TrueAsync(
        async () => await Redis.CommandAsync($"HEXISTS {key} data") == ":1", $"{key} is in Redis");

    public async ValueTask DisposeAsync()
    {
        A?.Dispose();
        B?.Dispose();
        foreach (StorefrontServer server in _servers)
            server.Dispose();
        await Redis.DisposeAsync();
        _catalogue.Delete(recursive: true);
    }

    private async Task<HttpClient> OpenAsync(string redis)
    {
        StorefrontServer server = await StorefrontServer.StartAsync("--redis", redis, "--catalogue", _catalogue.FullName);
        _servers.Add(server);
        return new HttpClient { BaseAddress = server.Address };
    }
}
