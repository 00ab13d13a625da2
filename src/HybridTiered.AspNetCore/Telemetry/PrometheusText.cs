using System.Globalization;
using System.Text;

namespace HybridTiered.AspNetCore.Telemetry;

/// <summary>
/// Writes metrics in the text format of Prometheus (version 0.0.4, https://prometheus.io/docs/instrumenting/exposition_formats/) or in OpenMetrics 1.0
/// (https://prometheus.io/docs/specs/om/open_metrics_spec/). Names follow OpenTelemetry's rules for Prometheus: dots become underscores, the unit and, for
/// counters, <c>_total</c> are added.
/// </summary>
internal sealed class PrometheusText(bool openMetrics)
{
    private readonly StringBuilder _text = new();

    public static string Write(IEnumerable<MetricFamily> families, bool openMetrics)
    {
        var writer = new PrometheusText(openMetrics);
        foreach (MetricFamily family in families)
            writer.Append(family);
        if (openMetrics)
            writer._text.Append("# EOF\n");
        return writer._text.ToString();
    }

    private void Append(MetricFamily family)
    {
        if (family.Series.Count == 0)
            return;
        string unit = UnitOf(family.Unit);
        string name = NameOf(family.Name) + (unit.Length == 0 ? "" : "_" + unit);
        string sample = family.Kind == MetricKind.Counter ? name + "_total" : name;
        // OpenMetrics names the family, Prometheus the sample.
        string head = openMetrics ? name : sample;
        _text.Append("# HELP ").Append(head).Append(' ').Append(Escape(family.Description, quotes: openMetrics)).Append('\n');
        _text.Append("# TYPE ").Append(head).Append(' ').Append(TypeOf(family.Kind)).Append('\n');
        if (unit.Length > 0)
            _text.Append("# UNIT ").Append(head).Append(' ').Append(unit).Append('\n');
        foreach (MetricSeries series in family.Series)
        {
            if (family.Kind == MetricKind.Histogram)
                AppendHistogram(name, family.Boundaries, series);
            else
                AppendSample(sample, series, null, series.Value);
        }
    }

    private void AppendHistogram(string name, IReadOnlyList<double> boundaries, MetricSeries series)
    {
        long count = 0;
        for (int i = 0; i < series.Buckets.Count; i++)
        {
            count += series.Buckets[i];
            AppendSample(name + "_bucket", series, i < boundaries.Count ? boundaries[i] : double.PositiveInfinity, count);
        }
        AppendSample(name + "_sum", series, null, series.Value);
        AppendSample(name + "_count", series, null, count);
    }

    private void AppendSample(string name, MetricSeries series, double? upperBound, double value)
    {
        _text.Append(name);
        char before = '{';
        foreach ((string tag, string text) in series.Tags)
        {
            _text.Append(before).Append(NameOf(tag)).Append("=\"").Append(Escape(text, quotes: true)).Append('"');
            before = ',';
        }
        if (upperBound is { } bound)
        {
            _text.Append(before).Append("le=\"").Append(Number(bound)).Append('"');
            before = ',';
        }
        _text.Append(before == ',' ? "} " : " ").Append(Number(value)).Append('\n');
    }

    private static string TypeOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Gauge => "gauge",
        _ => "histogram",
    };

    private static string UnitOf(string unit) => unit switch
    {
        "s" => "seconds",
        "By" => "bytes",
        // What stands in braces is a note, not a unit.
        _ => unit.StartsWith('{') ? "" : NameOf(unit),
    };

    private static string NameOf(string name) => string.Create(name.Length, name, static (span, text) =>
    {
        for (int i = 0; i < span.Length; i++)
            span[i] = char.IsAsciiLetter(text[i]) || (i > 0 && char.IsAsciiDigit(text[i])) ? text[i] : '_';
    });

    private static string Escape(string text, bool quotes)
    {
        string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
