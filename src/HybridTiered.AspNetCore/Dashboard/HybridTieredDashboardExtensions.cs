using HybridTiered.AspNetCore.Dashboard;
using HybridTiered.AspNetCore.Telemetry;
using HybridTiered.Inspection;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Adds and maps the dashboard.</summary>
public static class HybridTieredDashboardExtensions
{
    private const string LogCategory = "HybridTiered.Dashboard";

    /// <summary>Adds what the dashboard needs of the application, which is antiforgery, and says what it shows.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the options.</param>
    public static IServiceCollection AddHybridTieredDashboard(this IServiceCollection services, Action<DashboardOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddAntiforgery();
        services.AddOptions<DashboardOptions>()
            .Configure(configure ?? (static _ => { }))
            .Validate(
                static options => options.RefreshInterval >= TimeSpan.FromMilliseconds(100) && options.RefreshInterval <= TimeSpan.FromMinutes(1),
                "HybridTiered dashboard: RefreshInterval must be between 100 milliseconds and 1 minute.")
            .Validate(static options => options.MaximumWatchers >= 1, "HybridTiered dashboard: MaximumWatchers must be 1 or more.")
            .ValidateOnStart();
        return services;
    }

    /// <summary>
    /// Maps the dashboard: a page that shows the application's caches at work, and where keys can be looked up and removed. It answers only once <c>RequireAuthorization</c> is
    /// called on the result; without that everybody gets 403, unless <see cref="DashboardOptions.AllowAnonymousInDevelopment"/> opens it.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path of the page; what the page asks for lies below it.</param>
    /// <exception cref="InvalidOperationException"><see cref="AddHybridTieredDashboard"/> was not called.</exception>
    public static IEndpointConventionBuilder MapHybridTieredDashboard(this IEndpointRouteBuilder endpoints, string pattern = "/cache")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        IServiceProvider services = endpoints.ServiceProvider;
        IAntiforgery antiforgery = services.GetService<IAntiforgery>()
            ?? throw new InvalidOperationException("The dashboard needs antiforgery; call services.AddHybridTieredDashboard() before the application is built.");
        DashboardOptions options = services.GetRequiredService<IOptions<DashboardOptions>>().Value;
        ILogger logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(LogCategory);
        TimeProvider time = services.GetService<TimeProvider>() ?? TimeProvider.System;

        var source = new DashboardSource(() => services.GetServices<ICacheInspector>(), MetricsCollector.For(endpoints), time);
        var gate = new DashboardGate(options, services.GetRequiredService<IHostEnvironment>(), logger);
        var page = new DashboardPage(options, antiforgery);
        var stream = new DashboardStream(source, options, time, services.GetRequiredService<IHostApplicationLifetime>());
        var actions = new DashboardActions(source, options, antiforgery, logger);

        RouteGroupBuilder group = endpoints.MapGroup(pattern);
        group.MapGet("", gate.Behind(page.AnswerAsync));
        group.MapGet("/events", gate.Behind(stream.AnswerAsync));
        group.MapPost("/find", gate.Behind(actions.FindAsync));
        group.MapPost("/remove", gate.Behind(actions.RemoveAsync));
        return group;
    }
}
