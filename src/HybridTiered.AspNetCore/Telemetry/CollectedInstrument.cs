using System.Diagnostics.Metrics;
using System.Globalization;

namespace HybridTiered.AspNetCore.Telemetry;

/// <summary>Adds up what one instrument measures. All members are thread-safe; an instrument has few series, so they are searched one by one.</summary>
internal sealed class CollectedInstrument
{
    // The cache's own tags stay far below; a mistake in them must not fill the memory.
    private const int MaximumSeries = 1_000;

    // What OpenTelemetry takes where an instrument gives no advice.
    private static readonly double[] DefaultBoundaries = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

    private readonly Lock _lock = new();
    private readonly List<Series> _series = [];
    private readonly Instrument _instrument;
    private readonly MetricKind _kind;
    private readonly double[] _boundaries;

    public CollectedInstrument(Instrument instrument)
    {
        _instrument = instrument;
        _kind = instrument switch
        {
            Histogram<double> => MetricKind.Histogram,
            ObservableCounter<long> or ObservableCounter<double> => MetricKind.Counter,
            _ => MetricKind.Gauge,
        };
        IReadOnlyList<double>? advised = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries;
        _boundaries = _kind == MetricKind.Histogram ? [.. advised ?? DefaultBoundaries] : [];
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_lock)
        {
            if (FindOrAdd_NeedsLock(tags) is not { } series)
                return;
            if (_kind != MetricKind.Histogram)
            {
                series.Value = value;
                return;
            }
            series.Value += value;
            int bucket = Array.BinarySearch(_boundaries, value);
            series.Buckets[bucket >= 0 ? bucket : ~bucket]++;
        }
    }

    /// <summary>Forgets what an observable instrument said: it says everything again whenever it is asked.</summary>
    public void BeginCollection()
    {
        if (!_instrument.IsObservable)
            return;
        lock (_lock)
            _series.Clear();
    }

    public MetricFamily ToFamily()
    {
        lock (_lock)
        {
            return new MetricFamily(
                _instrument.Name, _instrument.Unit ?? "", _instrument.Description ?? "", _kind, _boundaries,
                [.. _series.Select(series => new MetricSeries(series.Text, series.Value, [.. series.Buckets]))]);
        }
    }

    private Series? FindOrAdd_NeedsLock(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (Series known in _series)
        {
            if (known.Has(tags))
                return known;
        }
        if (_series.Count == MaximumSeries)
            return null;
        var added = new Series(tags, _kind == MetricKind.Histogram ? _boundaries.Length + 1 : 0);
        _series.Add(added);
        return added;
    }

    private sealed class Series(ReadOnlySpan<KeyValuePair<string, object?>> tags, int buckets)
    {
        private readonly KeyValuePair<string, object?>[] _tags = tags.ToArray();

        public double Value { get; set; }

        public long[] Buckets { get; } = new long[buckets];

        public KeyValuePair<string, string>[] Text => Array.ConvertAll(_tags, tag =>
            KeyValuePair.Create(tag.Key, Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? ""));

        public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> others)
        {
            if (others.Length != _tags.Length)
                return false;
            for (int i = 0; i < _tags.Length; i++)
            {
                if (_tags[i].Key != others[i].Key || !Equals(_tags[i].Value, others[i].Value))
                    return false;
            }
            return true;
        }
    }
}
