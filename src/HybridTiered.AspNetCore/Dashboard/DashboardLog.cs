using Microsoft.Extensions.Logging;

namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>Every log message of the dashboard. Event ids are public contract.</summary>
internal static partial class DashboardLog
{
    [LoggerMessage(5101, LogLevel.Warning, "The dashboard at {Path} is closed: call RequireAuthorization on what MapHybridTieredDashboard returns, or set AllowAnonymousInDevelopment and run in Development.")]
    public static partial void DashboardClosed(this ILogger logger, string path);

    [LoggerMessage(5102, LogLevel.Warning, "The dashboard at {Path} answers anybody, because AllowAnonymousInDevelopment is set and this is Development.")]
    public static partial void DashboardOpenToAll(this ILogger logger, string path);

    [LoggerMessage(5103, LogLevel.Information, "A removal by {Kind} was made in cache {Cache} on the dashboard by {User}.")]
    public static partial void RemovedOnDashboard(this ILogger logger, string kind, string cache, string user);

    [LoggerMessage(5104, LogLevel.Warning, "A request to change something on the dashboard came without a valid antiforgery token and was refused.")]
    public static partial void AntiforgeryRefused(this ILogger logger, Exception exception);
}
