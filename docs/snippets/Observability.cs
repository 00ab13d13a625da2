using HybridTiered.Diagnostics;
using HybridTiered.Inspection;

namespace HybridTiered.Snippets.Observability;

public static class Telemetry
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region opentelemetry
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(TelemetryNames.Meter));
        #endregion
    }

    public static void Map(WebApplication app)
    {
        #region prometheus
        app.MapHybridTieredMetrics("/metrics");
        #endregion
    }

    public static void MapDashboard(WebApplicationBuilder builder, WebApplication app)
    {
        #region dashboard
        builder.Services.AddHybridTieredDashboard();
        app.MapHybridTieredDashboard("/cache").RequireAuthorization("Operators");
        #endregion
    }

    public static async Task InspectAsync(ICacheInspector inspector)
    {
        #region inspect
        foreach (FoundEntry entry in await inspector.FindAsync("product:42"))
            Console.WriteLine($"L{entry.Level} {entry.Tier}: {entry.State}, {entry.Remaining} left");
        #endregion
    }
}
