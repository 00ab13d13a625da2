using System.Diagnostics.Metrics;

namespace HybridTiered.Tests.Support;

/// <summary>Makes meters as a host's factory does, so that a test can tell those of its own container from all others.</summary>
public sealed class MeterFactory : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public IReadOnlyList<Meter> Meters => _meters;

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _meters.ForEach(meter => meter.Dispose());
}
