using System.Diagnostics.Metrics;

namespace HybridTiered.Tests.Support;

/// <summary>Listens to all meters of one factory.</summary>
public sealed class MeterRecorder : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<(string Instrument, double Value, Dictionary<string, object?> Tags)> _measurements = [];

    public MeterRecorder(MeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope != factory)
                return;
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>What was recorded as it happened, and what <see cref="Collect"/> has read.</summary>
    public IReadOnlyList<(string Instrument, double Value, Dictionary<string, object?> Tags)> Measurements
    {
        get
        {
            lock (_measurements)
                return [.. _measurements];
        }
    }

    /// <summary>Reads every instrument that is read.</summary>
    public void Collect() => _listener.RecordObservableInstruments();

    /// <summary>The values of an instrument whose tags have the given values, in any order.</summary>
    public IReadOnlyList<double> Values(string instrument, params string[] tagValues) =>
    [
        .. Measurements.Where(m => m.Instrument == instrument && tagValues.All(value => m.Tags.Values.Any(tag => value.Equals(tag?.ToString(), StringComparison.Ordinal))))
            .Select(m => m.Value),
    ];

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var copy = new Dictionary<string, object?>(tags.ToArray());
        lock (_measurements)
            _measurements.Add((instrument.Name, value, copy));
    }
}
