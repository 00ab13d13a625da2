using HybridTiered.AspNetCore.Dashboard;
using HybridTiered.Configuration;
using HybridTiered.Invalidation;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HybridTiered.AspNetCore.Tests.Dashboard;

/// <summary>An application on a port of its own that has a cache, its metrics and its dashboard.</summary>
internal sealed class DashboardApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private DashboardApp(WebApplication app, RecordedLog log)
    {
        _app = app;
        Log = log;
    }

    public RecordedLog Log { get; }

    public Uri Address => new(_app.Urls.Single());

    public Uri Dashboard => new(Address, "/cache");

    public TieredCache Cache => _app.Services.GetRequiredService<TieredCache>();

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts an application.</summary>
    /// <param name="cache">Describes the cache; one on a connection to <paramref name="backplane"/>, if there is any, unless given.</param>
    /// <param name="dashboard">Changes the options of the dashboard.</param>
    /// <param name="authorized">Whether the dashboard asks for the role of an operator.</param>
    /// <param name="environment">The environment that the application runs in.</param>
    /// <param name="backplane">Connects it with other applications.</param>
    /// <param name="services">Adds to its services.</param>
    public static async Task<DashboardApp> StartAsync(
        Action<HybridTieredBuilder>? cache = null, Action<DashboardOptions>? dashboard = null, bool authorized = true, string environment = "Production",
        InProcessBackplane? backplane = null, Action<IServiceCollection>? services = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = environment });
        var log = new RecordedLog();
        builder.Logging.AddProvider(log);
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        builder.Services.AddAuthentication(HeaderAuthentication.Name).AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>(HeaderAuthentication.Name, null);
        builder.Services.AddAuthorization();
        builder.Services.AddHybridTiered(cache ?? (description =>
        {
            if (backplane is not null)
                description.UseInProcessBackplane(backplane);
        }));
        builder.Services.AddHybridTieredDashboard(options =>
        {
            options.RefreshInterval = TimeSpan.FromMilliseconds(200);
            dashboard?.Invoke(options);
        });
        services?.Invoke(builder.Services);
        WebApplication app = builder.Build();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHybridTieredMetrics();
        IEndpointConventionBuilder mapped = app.MapHybridTieredDashboard();
        if (authorized)
            mapped.RequireAuthorization(policy => policy.RequireRole(HeaderAuthentication.Role));
        await app.StartAsync();
        return new DashboardApp(app, log);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
