using System.Diagnostics;
using HybridTiered.AspNetCore.Tests.Dashboard;
using HybridTiered.Diagnostics;
using HybridTiered.TestServers.Redis;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace HybridTiered.AspNetCore.Tests.Telemetry;

/// <summary>What the OpenTelemetry SDK makes of the meter and the activity source.</summary>
[Category("Redis")]
public sealed class OpenTelemetryTests
{
    [Test]
    public async Task The_SDK_collects_metrics_and_spans_of_a_chain_on_Redis()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        var metrics = new CollectingExporter<Metric>();
        var spans = new CollectingExporter<Activity>();
        using var root = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        using TracerProvider tracer = Sdk.CreateTracerProviderBuilder().AddSource(TelemetryNames.ActivitySource)
            .AddProcessor(new SimpleActivityExportProcessor(spans)).SetSampler(new AlwaysOnSampler()).Build();
        // As a host has it: the provider of the application's services owns the SDK and the meters.
        await using DashboardApp app = await DashboardApp.StartAsync(
            cache => cache.AddMemory().AddRedis(redis.EndPoint).UseRedisBackplane(),
            services: services => services.AddSingleton(_ => Sdk.CreateMeterProviderBuilder().AddMeter(TelemetryNames.Meter).AddReader(new BaseExportingMetricReader(metrics)).Build()));
        MeterProvider meter = app.Services.GetRequiredService<MeterProvider>();

        for (int i = 0; i < 3; i++)
            await app.Cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("value"), tags: ["tag"]);
        await app.Cache.RemoveByTagAsync("tag");
        meter.ForceFlush();
        tracer.ForceFlush();

        Metric duration = Last(metrics, "hybridtiered.tier.operation.duration");
        Metric requests = Last(metrics, "hybridtiered.requests");
        Activity flight = spans.Items.Single(span => span.DisplayName == "hybridtiered.flight" && span.TraceId == root.TraceId);
        Assert.Multiple(() =>
        {
            Assert.That((duration.MetricType, duration.Unit), Is.EqualTo((MetricType.Histogram, "s")));
            Assert.That((requests.MetricType, requests.Unit), Is.EqualTo((MetricType.LongSum, "{request}")));
            Assert.That(SumOf(requests, "l1_hit"), Is.EqualTo(2));
            Assert.That(SumOf(requests, "miss"), Is.EqualTo(1));
            Assert.That(Last(metrics, "hybridtiered.tier.size").MetricType, Is.EqualTo(MetricType.LongSumNonMonotonic));
            Assert.That(Last(metrics, "hybridtiered.journal.lag").MetricType, Is.EqualTo(MetricType.DoubleGauge));
            Assert.That(spans.Items.Where(span => span.ParentSpanId == flight.SpanId).Select(span => span.GetTagItem("hybridtiered.tier.name") ?? span.DisplayName),
                Is.SupersetOf(new object[] { "redis", "hybridtiered.factory" }));
        });
    }

    private static Metric Last(CollectingExporter<Metric> metrics, string name) => metrics.Items.Last(metric => metric.Name == name);

    private static long SumOf(Metric metric, string result)
    {
        foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
        {
            foreach (KeyValuePair<string, object?> tag in point.Tags)
            {
                if (result.Equals(tag.Value))
                    return point.GetSumLong();
            }
        }
        return -1;
    }

    private sealed class CollectingExporter<T> : BaseExporter<T>
        where T : class
    {
        private readonly List<T> _items = [];

        public IReadOnlyList<T> Items
        {
            get
            {
                lock (_items)
                    return [.. _items];
            }
        }

        public override ExportResult Export(in Batch<T> batch)
        {
            lock (_items)
            {
                foreach (T item in batch)
                    _items.Add(item);
            }
            return ExportResult.Success;
        }
    }
}
