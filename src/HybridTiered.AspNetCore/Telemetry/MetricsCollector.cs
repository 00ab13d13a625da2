using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HybridTiered.Diagnostics;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HybridTiered.AspNetCore.Telemetry;

/// <summary>Listens to the meter of the application's caches from its creation on, and tells what was measured whenever it is asked.</summary>
internal sealed class MetricsCollector : IDisposable
{
    private readonly ConcurrentDictionary<Instrument, CollectedInstrument> _instruments = new();
    private readonly Lock _collecting = new();
    private readonly MeterListener _listener = new();

    /// <param name="scope">The factory of the application's meters, whose other applications in the process have others; <see langword="null"/> without one.</param>
    public MetricsCollector(IMeterFactory? scope)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == TelemetryNames.Meter && instrument.Meter.Scope == scope)
                listener.EnableMeasurementEvents(instrument, _instruments.GetOrAdd(instrument, static i => new CollectedInstrument(i)));
        };
        _listener.MeasurementsCompleted = (instrument, _) => _instruments.TryRemove(instrument, out CollectedInstrument? _);
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((CollectedInstrument)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((CollectedInstrument)state!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Makes one for an application, which ends with it.</summary>
    public static MetricsCollector For(IEndpointRouteBuilder endpoints)
    {
        var collector = new MetricsCollector(endpoints.ServiceProvider.GetService<IMeterFactory>());
        endpoints.ServiceProvider.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(collector.Dispose);
        return collector;
    }

    /// <summary>Every metric as it stands now, by name.</summary>
    public IReadOnlyList<MetricFamily> Collect()
    {
        // One after the other, so that nobody sees an instrument between being forgotten and being asked.
        lock (_collecting)
        {
            foreach (CollectedInstrument instrument in _instruments.Values)
                instrument.BeginCollection();
            _listener.RecordObservableInstruments();
            return [.. _instruments.Values.Select(instrument => instrument.ToFamily()).OrderBy(family => family.Name, StringComparer.Ordinal)];
        }
    }

    public void Dispose() => _listener.Dispose();
}
