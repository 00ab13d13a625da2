using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace HybridTiered.Load.Http;

/// <summary>Asks a storefront. Throws <see cref="HttpRequestException"/> or <see cref="JsonException"/> for answers that are none.</summary>
internal sealed class StorefrontClient : IDisposable
{
    private const string TierHeader = "X-Cache-Tier";

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _client;

    public StorefrontClient(Uri address, int connections)
    {
        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = connections, UseProxy = false, UseCookies = false, AllowAutoRedirect = false };
        _client = new HttpClient(handler) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public async Task<ProductAnswer> ReadAsync(int id, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _client.GetAsync(PathOf(id), cancellationToken);
        return await ToAnswerAsync(response, cancellationToken);
    }

    public async Task<ProductAnswer> ChangeAsync(int id, string name, decimal price, CancellationToken cancellationToken)
    {
        string body = string.Create(CultureInfo.InvariantCulture, $$"""{"name":"{{name}}","price":{{price}}}""");
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = Json;
        using HttpResponseMessage response = await _client.PutAsync(PathOf(id), content, cancellationToken);
        return await ToAnswerAsync(response, cancellationToken);
    }

    public async Task<StorefrontCounts> ReadCountsAsync(CancellationToken cancellationToken)
    {
        using JsonDocument statistics = JsonDocument.Parse(await _client.GetByteArrayAsync(new Uri("/stats", UriKind.Relative), cancellationToken));
        JsonElement source = statistics.RootElement.GetProperty("source");
        return new StorefrontCounts(source.GetProperty("reads").GetInt64(), source.GetProperty("writes").GetInt64());
    }

    public void Dispose() => _client.Dispose();

    private static Uri PathOf(int id) => new(string.Create(CultureInfo.InvariantCulture, $"/products/{id}"), UriKind.Relative);

    private static async Task<ProductAnswer> ToAnswerAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        response.EnsureSuccessStatusCode();
        string? tier = response.Headers.TryGetValues(TierHeader, out IEnumerable<string>? values) ? values.Single() : null;
        return new ProductAnswer(VersionIn(await response.Content.ReadAsByteArrayAsync(cancellationToken)), tier);
    }

    private static long VersionIn(ReadOnlySpan<byte> product)
    {
        var reader = new Utf8JsonReader(product);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("version"u8) && reader.Read())
                return reader.GetInt64();
        }
        throw new JsonException("The product has no version.");
    }
}
