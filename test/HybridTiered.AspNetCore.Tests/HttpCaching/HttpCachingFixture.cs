using System.Globalization;
using HybridTiered.AspNetCore.HttpCaching;
using HybridTiered.AspNetCore.Tests.Support;
using HybridTiered.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.AspNetCore.Tests.HttpCaching;

/// <summary>An application that is cached by the rules of HTTP, on a clock that the test moves. Each test has a resource of its own.</summary>
[Category("Web")]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public abstract class HttpCachingFixture
{
    private static int _resources;

    private WebApp _app = null!;

    /// <summary>The resource of the test.</summary>
    protected string Path { get; } = string.Create(CultureInfo.InvariantCulture, $"/resource/{Interlocked.Increment(ref _resources)}");

    /// <summary>How many requests reached the application.</summary>
    protected int Requests => Origin.Requests;

    protected DateTimeOffset Now => Time.GetUtcNow();

    internal ManualTimeProvider Time { get; } = new();

    internal Origin Origin { get; } = new();

    internal HttpCachingOptions Options { get; } = new();

    [SetUp]
    public async Task Start() => _app = await WebApp.StartAsync(
        services =>
        {
            services.AddSingleton<TimeProvider>(Time);
            services.AddHybridTiered(cache => cache.AddMemory());
            services.AddHybridTieredOutputCache();
            services.AddOutputCache(options =>
            {
                MiddlewareClock.Use(options, Time);
                options.AddHttpCaching(Configure);
            });
        },
        app =>
        {
            app.UseOutputCache();
            app.Map("{**path}", Origin.HandleAsync);
        });

    [TearDown]
    public async Task Stop() => await _app.DisposeAsync();

    protected virtual void Configure(HttpCachingOptions options)
    {
    }

    /// <summary>Has the application answer with these fields, written as <c>Name: value</c>.</summary>
    protected void Answer(params string[] fields) => Answer(200, fields);

    /// <inheritdoc cref="Answer(string[])"/>
    protected void Answer(int status, params string[] fields) => Origin.Answer = context =>
    {
        context.Response.StatusCode = status;
        foreach (string field in fields)
        {
            (string name, string value) = Split(field);
            context.Response.Headers.Append(name, value);
        }
    };

    /// <summary>Asks for the test's resource.</summary>
    /// <param name="fields">Fields of the request, written as <c>Name: value</c>.</param>
    internal Task<Reply> GetAsync(params string[] fields) => SendAsync("GET", Path, fields);

    /// <summary>Sends a request, a moment after the last.</summary>
    internal async Task<Reply> SendAsync(string method, string path, params string[] fields)
    {
        // So that what was stored before has an age.
        Time.Advance(TimeSpan.FromMilliseconds(1));
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (string field in fields)
        {
            (string name, string value) = Split(field);
            request.Headers.TryAddWithoutValidation(name, value);
        }
        using HttpResponseMessage response = await _app.Client.SendAsync(request);
        return await Reply.OfAsync(response);
    }

    /// <summary>Lets seconds pass.</summary>
    protected void Wait(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Fills the cache, and tells whether the next request is answered from it.</summary>
    /// <param name="fields">Fields of the second request.</param>
    protected async Task<bool> IsReusedAsync(params string[] fields)
    {
        await GetAsync();
        int before = Requests;
        await GetAsync(fields);
        return Requests == before;
    }

    protected static string HttpDate(DateTimeOffset time) => time.ToString("R", CultureInfo.InvariantCulture);

    private static (string Name, string Value) Split(string field)
    {
        int colon = field.IndexOf(':', StringComparison.Ordinal);
        return (field[..colon], field[(colon + 1)..].Trim());
    }
}
