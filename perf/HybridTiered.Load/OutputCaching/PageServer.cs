using System.ComponentModel;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Load.OutputCaching;

/// <summary>A web application with a page in the output cache and two endpoints that answer JSON. It ends when its input does.</summary>
internal sealed class PageServer : IVerb
{
    public const string VerbName = "outputcache-server";
    public const string Ready = "ready";
    public const string Framework = "framework";
    public const string Tiers = "tiers";

    private long _renderings;

    public static Uri PagePath { get; } = new("/page", UriKind.Relative);

    public static Uri ConstantPath { get; } = new("/constant", UriKind.Relative);

    public static Uri CachedPath { get; } = new("/cached", UriKind.Relative);

    public static Uri UsagePath { get; } = new("/usage", UriKind.Relative);

    public string Name => VerbName;

    public string Help => "";

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        string store = arguments.TakeRequired("store");
        string page = new('x', arguments.Take("size", 1, 1, int.MaxValue));
        arguments.ThrowIfAnyLeft();

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddOutputCache();
        if (store == Tiers)
            builder.Services.AddHybridTiered(cache => cache.AddMemory()).AddHybridTieredOutputCache();
        await using WebApplication app = builder.Build();
        app.UseOutputCache();
        app.MapGet(PagePath.OriginalString, () => Render(page)).CacheOutput(policy => policy.Expire(TimeSpan.FromHours(1)).Tag("page"));
        app.MapGet(UsagePath.OriginalString, () => string.Create(
            CultureInfo.InvariantCulture, $"{Interlocked.Read(ref _renderings)} {Environment.CpuUsage.TotalTime.Ticks}"));
        if (store == Tiers)
        {
            var product = new Article(42, "Blue kettle", "kitchen", 19.9m, 1);
            app.MapGet(ConstantPath.OriginalString, () => TypedResults.Ok(product));
            app.MapGet(CachedPath.OriginalString, async (HybridCache cache, CancellationToken token) => TypedResults.Ok(
                await cache.GetOrCreateAsync("article:42", product, static (state, _) => ValueTask.FromResult(state), cancellationToken: token)));
        }
        await app.StartAsync(cancellationToken);
        Console.WriteLine($"{Ready} {app.Urls.First()}");
        while (await Console.In.ReadLineAsync(cancellationToken) is not null)
        {
        }
        return ExitCode.Ok;
    }

    private ContentHttpResult Render(string page)
    {
        Interlocked.Increment(ref _renderings);
        return TypedResults.Text(page, "text/html; charset=utf-8");
    }

    /// <summary>What the endpoints answer.</summary>
    [ImmutableObject(true)]
    internal sealed record Article(int Id, string Name, string Category, decimal Price, long Version);
}
