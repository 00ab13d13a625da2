using HybridTiered.AspNetCore.Telemetry;

namespace HybridTiered.AspNetCore.Tests.Telemetry;

[Category("Unit")]
public sealed class PrometheusTextTests
{
    private static readonly KeyValuePair<string, string>[] NoTags = [];

    [Test]
    public void Whatever_stands_in_a_description_or_a_tag_comes_back_from_a_parser()
    {
        const string Text = "a \"b\" \\ c\nd { } = , # é";
        MetricFamily family = Family("x.y", "", MetricKind.Gauge, new MetricSeries([new("my.tag", Text), new("other", "")], 1, [])) with { Description = Text };

        Exposition plain = Exposition.Parse(PrometheusText.Write([family], openMetrics: false));
        Exposition open = Exposition.Parse(PrometheusText.Write([family], openMetrics: true), openMetrics: true);

        Assert.Multiple(() =>
        {
            Assert.That(plain.Value("x_y", ("my_tag", Text), ("other", "")), Is.EqualTo(1));
            Assert.That(open.Value("x_y", ("my_tag", Text)), Is.EqualTo(1));
            Assert.That(plain.Help["x_y"], Is.EqualTo(Text));
            Assert.That(open.Help["x_y"], Is.EqualTo(Text));
        });
    }

    [TestCase("cache.requests", "{request}", "Counter", "cache_requests_total")]
    [TestCase("cache.size", "By", "Gauge", "cache_size_bytes")]
    [TestCase("cache.lag", "s", "Gauge", "cache_lag_seconds")]
    [TestCase("cache.9lives-x", "", "Gauge", "cache_9lives_x")]
    [TestCase("cache.time", "s", "Counter", "cache_time_seconds_total")]
    public void Names_get_their_unit_and_kind_as_OpenTelemetry_translates_them(string name, string unit, string kind, string expected)
    {
        MetricFamily family = Family(name, unit, Enum.Parse<MetricKind>(kind), new MetricSeries(NoTags, 5, []));

        Assert.Multiple(() =>
        {
            Assert.That(Exposition.Parse(PrometheusText.Write([family], openMetrics: false)).Value(expected), Is.EqualTo(5));
            Assert.That(Exposition.Parse(PrometheusText.Write([family], openMetrics: true), openMetrics: true).Value(expected), Is.EqualTo(5));
        });
    }

    [Test]
    public void OpenMetrics_names_the_family_and_Prometheus_the_sample_of_a_counter()
    {
        MetricFamily family = Family("requests", "", MetricKind.Counter, new MetricSeries(NoTags, 5, []));

        Assert.Multiple(() =>
        {
            Assert.That(Exposition.Parse(PrometheusText.Write([family], openMetrics: false)).Types, Is.EqualTo(new Dictionary<string, string> { ["requests_total"] = "counter" }));
            Assert.That(Exposition.Parse(PrometheusText.Write([family], openMetrics: true), true).Types, Is.EqualTo(new Dictionary<string, string> { ["requests"] = "counter" }));
        });
    }

    [Test]
    public void The_buckets_of_a_histogram_add_up_to_its_count()
    {
        MetricFamily family = Family("time", "s", MetricKind.Histogram, new MetricSeries([new("a", "b")], 7.5, [2, 0, 3, 1])) with { Boundaries = [0.00001, 1, 10] };

        Exposition text = Exposition.Parse(PrometheusText.Write([family], openMetrics: false));

        Assert.Multiple(() =>
        {
            Assert.That(text.Types["time_seconds"], Is.EqualTo("histogram"));
            Assert.That(text.Samples.Where(s => s.Name == "time_seconds_bucket").Select(s => (s.Labels["le"], s.Value)), Is.EqualTo(new[] { ("1E-05", 2.0), ("1", 2), ("10", 5), ("+Inf", 6) }));
            Assert.That(text.Value("time_seconds_sum", ("a", "b")), Is.EqualTo(7.5));
            Assert.That(text.Value("time_seconds_count"), Is.EqualTo(6));
        });
    }

    [Test]
    public void A_metric_that_nothing_was_measured_of_is_left_out() =>
        Assert.That(PrometheusText.Write([Family("x", "", MetricKind.Gauge)], openMetrics: false), Is.Empty);

    private static MetricFamily Family(string name, string unit, MetricKind kind, params MetricSeries[] series) => new(name, unit, "What it says.", kind, [], series);
}
