using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Storefront;

/// <summary>What the framework keeps in the cache: pages and sessions; and how the cache is.</summary>
internal static class WebCaching
{
    private static readonly PathString CartPath = "/cart";

    /// <summary>Registers the output cache, sessions and health checks.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="keys">Where all processes that share sessions find the keys of their cookies; <see langword="null"/> if there is but one.</param>
    public static void AddWebCaching(this IServiceCollection services, string? keys)
    {
        services.AddOutputCache();
        services.AddHybridTieredOutputCache();
        services.AddSession(options =>
        {
            options.Cookie.Name = "cart";
            options.Cookie.IsEssential = true;
        });
        IDataProtectionBuilder protection = services.AddDataProtection().SetApplicationName("storefront");
        if (keys is not null)
            protection.PersistKeysToFileSystem(new DirectoryInfo(keys));
        else
            protection.UseEphemeralDataProtectionProvider();
        services.AddHealthChecks().AddHybridTiered();
    }

    /// <summary>Adds what stands before the endpoints. Only the cart has a session.</summary>
    public static void UseWebCaching(this WebApplication app)
    {
        app.UseWhen(static context => context.Request.Path.StartsWithSegments(CartPath), static branch => branch.UseSession());
        app.UseOutputCache();
        app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            status = report.Status.ToString(),
            checks = report.Entries.ToDictionary(
                check => check.Key, check => new { status = check.Value.Status.ToString(), check.Value.Description, check.Value.Data }),
        },
        context.RequestAborted);
}
