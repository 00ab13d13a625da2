using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace HybridTiered.Load.Http;

/// <summary>
/// Asks a storefront, over as many connections as requests are under way. Throws <see cref="HttpRequestException"/> or <see cref="JsonException"/> for answers
/// that are none.
/// </summary>
internal sealed class StorefrontClient : IDisposable
{
    private readonly Uri _address;
    private readonly EndPoint _endPoint;
    private readonly CancellationToken _stop;
    private readonly byte[][] _reads;
    private readonly ConcurrentQueue<HttpConnection> _idle = [];

    /// <param name="address">The storefront.</param>
    /// <param name="products">Numbers of products are 1 to this.</param>
    /// <param name="stop">Ends requests under way with <see cref="OperationCanceledException"/>.</param>
    public StorefrontClient(Uri address, int products, CancellationToken stop)
    {
        _address = address;
        _endPoint = IPAddress.TryParse(address.DnsSafeHost, out IPAddress? ip) ? new IPEndPoint(ip, address.Port) : new DnsEndPoint(address.Host, address.Port);
        _stop = stop;
        _reads = [.. Enumerable.Range(0, products + 1).Select(id => Request("GET", PathOf(id)))];
    }

    public ValueTask<ProductAnswer> ReadAsync(int id) => AskAsync(_reads[id], id, ProductIn);

    public ValueTask<ProductAnswer> ChangeAsync(int id, string name, decimal price) => AskAsync(
        Request("PUT", PathOf(id), string.Create(CultureInfo.InvariantCulture, $$"""{"name":"{{name}}","price":{{price}}}""")), id, ProductIn);

    public ValueTask<StorefrontCounts> ReadCountsAsync() => AskAsync(Request("GET", "/stats"), 0, static (_, answer) => CountsIn(answer));

    public void Dispose()
    {
        foreach (HttpConnection connection in _idle)
            connection.Dispose();
    }

    private async ValueTask<T> AskAsync<T>(ReadOnlyMemory<byte> request, int id, Func<int, HttpAnswer, T> read)
    {
        HttpConnection connection = _idle.TryDequeue(out HttpConnection? idle) ? idle : new HttpConnection(_endPoint, _stop);
        try
        {
            HttpAnswer answer = await connection.AskAsync(request);
            return answer.Status == 200 ? read(id, answer) : throw new HttpRequestException($"The answer has status {answer.Status}.");
        }
        finally
        {
            _idle.Enqueue(connection);
        }
    }

    private byte[] Request(string method, string path, string? body = null)
    {
        string content = body is null ? "" : $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n";
        return Encoding.UTF8.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {_address.Authority}\r\n{content}\r\n{body}");
    }

    private static string PathOf(int id) => string.Create(CultureInfo.InvariantCulture, $"/products/{id}");

    // To its end, so that half a product is none.
    private static ProductAnswer ProductIn(int id, HttpAnswer answer)
    {
        long? shown = null;
        long? version = null;
        var reader = new Utf8JsonReader(answer.Body.Span);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
                continue;
            if (reader.ValueTextEquals("id"u8) && reader.Read())
                shown = reader.GetInt64();
            else if (reader.ValueTextEquals("version"u8) && reader.Read())
                version = reader.GetInt64();
        }
        return shown == id
            ? new ProductAnswer(version ?? throw new JsonException("The product has no version."), answer.Header("X-Cache-Tier"u8))
            : throw new JsonException($"The answer for product {id} shows product {shown}.");
    }

    private static StorefrontCounts CountsIn(in HttpAnswer answer)
    {
        using JsonDocument statistics = JsonDocument.Parse(answer.Body);
        JsonElement source = statistics.RootElement.GetProperty("source");
        return new StorefrontCounts(source.GetProperty("reads").GetInt64(), source.GetProperty("writes").GetInt64());
    }
}
