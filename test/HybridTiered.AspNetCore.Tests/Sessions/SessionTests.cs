using System.Diagnostics;
using HybridTiered.AspNetCore.Tests.Support;
using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.AspNetCore.Tests.Sessions;

/// <summary>The framework's sessions on two instances of an application with one Redis, as the framework registers them.</summary>
[TestFixture, Category("Web"), Category("Redis")]
public sealed class SessionTests
{
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(1);

    private readonly IDataProtectionProvider _keys = new EphemeralDataProtectionProvider();
    private RedisServer _redis = null!;
    private WebApp _a = null!;
    private WebApp _b = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _redis = await RedisServer.StartAsync();
        _a = await StartAsync();
        _b = await StartAsync();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Test]
    public async Task A_session_is_one_on_all_instances()
    {
        var session = new Visitor();

        Assert.That(await session.AddAsync(_a, "kettle"), Is.EqualTo("kettle"));
        Assert.That(await session.AddAsync(_b, "cup"), Is.EqualTo("kettle,cup"));
        await Eventually.TrueAsync(async () => await session.ReadAsync(_a) == "kettle,cup", "A has heard of B's change");
        Assert.That(await new Visitor().ReadAsync(_a), Is.Empty);
    }

    [Test]
    public async Task A_session_that_is_only_ever_read_from_L1_lives_on_below_it()
    {
        var session = new Visitor();
        await session.AddAsync(_a, "kettle");
        await session.ReadAsync(_a);
        long lowerHits = _a.Cache.GetStatistics().LowerHits;

        // Three times as long as it may be idle, never idle for half of that.
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(IdleTimeout / 5);
        while (watch.Elapsed < 3 * IdleTimeout && await timer.WaitForNextTickAsync())
            Assert.That(await session.ReadAsync(_a), Is.EqualTo("kettle"));

        Assert.That(_a.Cache.GetStatistics().LowerHits, Is.EqualTo(lowerHits), "A had it in L1 all the time");
        Assert.That(await session.ReadAsync(_b), Is.EqualTo("kettle"));
    }

    [Test]
    public async Task A_session_that_nobody_uses_ends_everywhere()
    {
        var session = new Visitor();
        await session.AddAsync(_a, "kettle");
        await session.ReadAsync(_b);

        // Reading it would keep it.
        using var timer = new PeriodicTimer(IdleTimeout * 1.2);
        await timer.WaitForNextTickAsync();

        Assert.That(await session.ReadAsync(_a), Is.Empty);
        Assert.That(await session.ReadAsync(_b), Is.Empty);
    }

    private Task<WebApp> StartAsync() => WebApp.StartAsync(
        services =>
        {
            services.AddHybridTiered(cache => cache.AddMemory().AddRedis(_redis.EndPoint).UseRedisBackplane());
            services.AddSingleton(_keys);
            services.AddSession(options => options.IdleTimeout = IdleTimeout);
        },
        app =>
        {
            app.UseSession();
            app.MapGet("/", (HttpContext context) => context.Session.GetString("cart") ?? "");
            app.MapPost("/{item}", (string item, HttpContext context) =>
            {
                string cart = context.Session.GetString("cart") is { } before ? $"{before},{item}" : item;
                context.Session.SetString("cart", cart);
                return cart;
            });
        });

    /// <summary>A browser with its cookie.</summary>
    private sealed class Visitor
    {
        private string? _cookie;

        public Task<string> ReadAsync(WebApp app) => SendAsync(app, HttpMethod.Get, "/");

        public Task<string> AddAsync(WebApp app, string item) => SendAsync(app, HttpMethod.Post, "/" + item);

        private async Task<string> SendAsync(WebApp app, HttpMethod method, string path)
        {
            using var request = new HttpRequestMessage(method, path);
            if (_cookie is not null)
                request.Headers.Add("Cookie", _cookie);
            using HttpResponseMessage response = await app.Client.SendAsync(request);
            response.EnsureSuccessStatusCode();
            if (response.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? cookies))
                _cookie = cookies.Single().Split(';')[0];
            return await response.Content.ReadAsStringAsync();
        }
    }
}
