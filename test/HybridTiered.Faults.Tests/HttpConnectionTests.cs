using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HybridTiered.Load.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Faults.Tests;

/// <summary>The connection of the load program against the server that it measures.</summary>
[TestFixture]
[Category("Unit")]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HttpConnectionTests : IAsyncDisposable
{
    private static readonly string Long = new('x', 100_000);

    private readonly TaskCompletionSource _released = new();
    private WebApplication _server = null!;
    private Uri _address = null!;

    [SetUp]
    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.MapGet("/connection", static (HttpContext context) => context.Connection.Id);
        _server.MapGet("/parts", WritePartsAsync);
        _server.MapGet("/long", static () => Long);
        _server.MapPut("/echo", static async (HttpRequest request) => await new StreamReader(request.Body).ReadToEndAsync());
        _server.MapGet("/error", static () => TypedResults.Text("broken", statusCode: 500));
        _server.MapGet("/last", static (HttpContext context) =>
        {
            context.Response.Headers.Connection = "close";
            return context.Connection.Id;
        });
        _server.MapGet("/abort", WriteHalfAsync);
        _server.MapGet("/never", async (CancellationToken aborted) => await _released.Task.WaitAsync(aborted));
        _server.MapGet("/products/{id}", static (int id) => id switch
        {
            1 => TypedResults.Text("""{"id":1,"name":"version","version":7}"""),
            2 => TypedResults.Text("""{"id":1,"version":7}"""),
            3 => TypedResults.Text("""{"id":3,"version":7"""),
            4 => TypedResults.Text("""{"id":4}"""),
            _ => Results.Text("""{"id":5,"version":7}""", statusCode: 404),
        });
        await _server.StartAsync();
        _address = new Uri(_server.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _released.TrySetResult();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task One_connection_serves_all_requests()
    {
        using HttpConnection connection = Connect();

        string first = await ReadAsync(connection, "/connection");
        string second = await ReadAsync(connection, "/connection");

        Assert.That(second, Is.EqualTo(first).And.Not.Empty);
    }

    [Test]
    public async Task A_body_that_comes_in_chunks_and_in_its_own_time_is_put_together()
    {
        using HttpConnection connection = Connect();

        Task<string> body = ReadAsync(connection, "/parts");
        _released.SetResult();

        Assert.That(await body, Is.EqualTo("first second third"));
    }

    [Test]
    public async Task A_body_larger_than_the_buffer_is_read_to_its_end()
    {
        using HttpConnection connection = Connect();

        Assert.That(await ReadAsync(connection, "/long"), Is.EqualTo(Long));
        Assert.That(await ReadAsync(connection, "/parts?at=once"), Is.EqualTo("first second third"));
    }

    [Test]
    public async Task The_body_of_a_request_arrives()
    {
        using HttpConnection connection = Connect();

        HttpAnswer answer = await connection.AskAsync(Encoding.ASCII.GetBytes("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"));

        Assert.That(Encoding.ASCII.GetString(answer.Body.Span), Is.EqualTo("hello"));
    }

    [Test]
    public async Task An_answer_500_is_an_answer_and_keeps_the_connection()
    {
        using HttpConnection connection = Connect();
        string before = await ReadAsync(connection, "/connection");

        HttpAnswer answer = await connection.AskAsync(Get("/error"));

        Assert.That((answer.Status, Encoding.ASCII.GetString(answer.Body.Span)), Is.EqualTo((500, "broken")));
        Assert.That(await ReadAsync(connection, "/connection"), Is.EqualTo(before));
    }

    [Test]
    public async Task A_connection_that_the_server_ends_is_opened_anew()
    {
        using HttpConnection connection = Connect();

        string last = await ReadAsync(connection, "/last");

        Assert.That(await ReadAsync(connection, "/connection"), Is.Not.EqualTo(last).And.Not.Empty);
    }

    [Test]
    public async Task Half_an_answer_is_an_error_and_the_next_request_opens_the_connection_anew()
    {
        using HttpConnection connection = Connect();
        string before = await ReadAsync(connection, "/connection");

        Assert.That(async () => await connection.AskAsync(Get("/abort")), Throws.TypeOf<HttpRequestException>());

        Assert.That(await ReadAsync(connection, "/connection"), Is.Not.EqualTo(before).And.Not.Empty);
    }

    [Test]
    public void An_answer_that_does_not_come_in_time_is_an_error()
    {
        using var connection = new HttpConnection(EndPoint, CancellationToken.None) { Timeout = TimeSpan.FromMilliseconds(50) };

        Assert.That(async () => await connection.AskAsync(Get("/never")), Throws.TypeOf<HttpRequestException>().With.Message.Contains("within"));
    }

    [Test]
    public async Task A_request_after_one_without_an_answer_has_all_its_time_on_a_new_connection()
    {
        using var connection = new HttpConnection(EndPoint, CancellationToken.None) { Timeout = TimeSpan.FromSeconds(1) };
        Assert.That(async () => await connection.AskAsync(Get("/never")), Throws.TypeOf<HttpRequestException>());

        Assert.That(await ReadAsync(connection, "/long"), Is.EqualTo(Long));
    }

    [Test]
    public async Task A_request_under_way_ends_when_it_is_told_to()
    {
        using var stop = new CancellationTokenSource();
        using var connection = new HttpConnection(EndPoint, stop.Token);
        ValueTask<HttpAnswer> answer = connection.AskAsync(Get("/never"));

        await stop.CancelAsync();

        Assert.That(async () => await answer, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Nobody_listening_is_an_error()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var connection = new HttpConnection(taken.LocalEndPoint!, CancellationToken.None);

        Assert.That(async () => await connection.AskAsync(Get("/")), Throws.TypeOf<HttpRequestException>());
    }

    [Test]
    public async Task A_client_accepts_only_the_whole_product_that_it_asked_for()
    {
        using var client = new StorefrontClient(_address, products: 5, CancellationToken.None);

        Assert.That((await client.ReadAsync(1)).Version, Is.EqualTo(7));
        Assert.That(async () => await client.ReadAsync(2), Throws.InstanceOf<JsonException>(), "another product");
        Assert.That(async () => await client.ReadAsync(3), Throws.InstanceOf<JsonException>(), "half a product");
        Assert.That(async () => await client.ReadAsync(4), Throws.InstanceOf<JsonException>(), "no version");
        Assert.That(async () => await client.ReadAsync(5), Throws.TypeOf<HttpRequestException>().With.Message.Contains("404"));
    }

    private IPEndPoint EndPoint => new(IPAddress.Loopback, _address.Port);

    private HttpConnection Connect() => new(EndPoint, CancellationToken.None);

    private static byte[] Get(string path) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");

    private static async Task<string> ReadAsync(HttpConnection connection, string path)
    {
        HttpAnswer answer = await connection.AskAsync(Get(path));
        Assert.That(answer.Status, Is.EqualTo(200));
        return Encoding.ASCII.GetString(answer.Body.Span);
    }

    private async Task WritePartsAsync(HttpContext context, string? at)
    {
        await context.Response.WriteAsync("first ");
        await context.Response.Body.FlushAsync();
        if (at is null)
            await _released.Task;
        await context.Response.WriteAsync("second ");
        await context.Response.Body.FlushAsync();
        await context.Response.WriteAsync("third");
    }

    private static async Task WriteHalfAsync(HttpContext context)
    {
        context.Response.ContentLength = 100;
        await context.Response.WriteAsync("half");
        await context.Response.Body.FlushAsync();
        context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();
    }
}
