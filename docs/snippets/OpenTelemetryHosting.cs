using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// The two methods of the package OpenTelemetry.Extensions.Hosting that the pages call, so that the feed need not have it. What they are given is the real API.
/// </summary>
public static class OpenTelemetryHosting
{
    public static OpenTelemetryHostingBuilder AddOpenTelemetry(this IServiceCollection services) => new();

    public sealed class OpenTelemetryHostingBuilder
    {
        public OpenTelemetryHostingBuilder WithMetrics(Action<MeterProviderBuilder> configure) => this;

        public OpenTelemetryHostingBuilder WithTracing(Action<TracerProviderBuilder> configure) => this;
    }
}
