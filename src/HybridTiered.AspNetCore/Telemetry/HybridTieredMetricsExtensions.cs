using System.Text;
using HybridTiered.AspNetCore.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the endpoint that Prometheus scrapes.</summary>
public static class HybridTieredMetricsExtensions
{
    private const string OpenMetricsType = "application/openmetrics-text";
    private const string PrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetricsContentType = OpenMetricsType + "; version=1.0.0; charset=utf-8";

    /// <summary>
    /// Maps an endpoint that answers GET with the metrics of the application's caches, as text for Prometheus or, for who prefers that, in OpenMetrics. They name no keys and no
    /// values; whether strangers may see them is for <c>RequireAuthorization</c>, <c>RequireHost</c> and the network to say. Durations count from this call on.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path.</param>
    public static IEndpointConventionBuilder MapHybridTieredMetrics(this IEndpointRouteBuilder endpoints, string pattern = "/metrics")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        MetricsCollector collector = MetricsCollector.For(endpoints);
        return endpoints.MapGet(pattern, (RequestDelegate)(context => AnswerAsync(context, collector))).WithDisplayName("HybridTiered metrics");
    }

    private static Task AnswerAsync(HttpContext context, MetricsCollector collector)
    {
        bool openMetrics = PrefersOpenMetrics(context.Request.GetTypedHeaders());
        context.Response.ContentType = openMetrics ? OpenMetricsContentType : PrometheusContentType;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(PrometheusText.Write(collector.Collect(), openMetrics), Encoding.UTF8, context.RequestAborted);
    }

    private static bool PrefersOpenMetrics(RequestHeaders headers)
    {
        double openMetrics = 0;
        double plain = 0;
        foreach (MediaTypeHeaderValue accepted in headers.Accept)
        {
            double quality = accepted.Quality ?? 1;
            if (accepted.MediaType == OpenMetricsType)
                openMetrics = Math.Max(openMetrics, quality);
            else if (accepted.MediaType == "text/plain")
                plain = Math.Max(plain, quality);
        }
        return openMetrics > plain;
    }
}
