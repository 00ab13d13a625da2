using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>
/// Lets a request through to the dashboard only where somebody has said who may see it: by authorization metadata, which the authorization middleware has enforced by
/// then, or by the option that opens it in development.
/// </summary>
internal sealed class DashboardGate(DashboardOptions options, IHostEnvironment environment, ILogger logger)
{
    private int _closedLogged;
    private int _openLogged;

    public RequestDelegate Behind(RequestDelegate handler) => context => IsOpen(context) ? handler(context) : RefuseAsync(context);

    private bool IsOpen(HttpContext context)
    {
        EndpointMetadataCollection? metadata = context.GetEndpoint()?.Metadata;
        bool anonymous = metadata?.GetMetadata<IAllowAnonymous>() is not null;
        if (!anonymous && (metadata?.GetMetadata<IAuthorizeData>() ?? (object?)metadata?.GetMetadata<AuthorizationPolicy>()) is not null)
            return true;
        bool open = options.AllowAnonymousInDevelopment && environment.IsDevelopment();
        // Once each: a closed dashboard that somebody polls must not fill the log.
        if (open && Interlocked.Exchange(ref _openLogged, 1) == 0)
            logger.DashboardOpenToAll(context.Request.Path);
        else if (!open && Interlocked.Exchange(ref _closedLogged, 1) == 0)
            logger.DashboardClosed(context.Request.Path);
        return open;
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync("The cache dashboard is closed: nobody has said who may see it. The application's log says how to open it.");
    }
}
