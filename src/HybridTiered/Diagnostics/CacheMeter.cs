using System.Diagnostics.Metrics;
using HybridTiered.Invalidation;

namespace HybridTiered.Diagnostics;

/// <summary>
/// The instruments of all caches of one service provider. Counters are read from the statistics when somebody collects them, so counting costs the same
/// whether anybody listens or not; only durations have to be recorded as they happen.
/// </summary>
internal sealed class CacheMeter : IDisposable
{
    private const string Prefix = "hybridtiered.";

    // From a machine tier's tens of microseconds to a factory that takes as long as people wait.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries =
            [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private readonly Lock _lock = new();
    private readonly Meter _meter;
    private Registration[] _caches = [];

    public CacheMeter(IMeterFactory? factory)
    {
        var options = new MeterOptions(TelemetryNames.Meter) { Version = Version };
        _meter = factory?.Create(options) ?? new Meter(options);
        TierDuration = Histogram("tier.operation.duration", "Duration of operations of a tier below L1.");
        FlightDuration = Histogram("flight.duration", "Duration of flights, from the miss in L1 to the answer.");
        FactoryDuration = Histogram("factory.duration", "Duration of factory calls.");
        InvalidationDuration = Histogram("invalidation.duration", "Time to carry out an invalidation on this instance.");
        InvalidationDelay = Histogram("invalidation.delay", "Time from the making of an invalidation on another instance to its arrival here.");
        CreateRequestInstruments();
        CreateTierInstruments();
        CreateInvalidationInstruments();
    }

    /// <summary>The version of the meter and the activity source: that of the assembly.</summary>
    public static string? Version { get; } = typeof(CacheMeter).Assembly.GetName().Version?.ToString(3);

    public Histogram<double> TierDuration { get; }

    public Histogram<double> FlightDuration { get; }

    public Histogram<double> FactoryDuration { get; }

    public Histogram<double> InvalidationDuration { get; }

    public Histogram<double> InvalidationDelay { get; }

    /// <summary>Lets the instruments report a cache, until the result is disposed.</summary>
    public IDisposable Add(string name, Func<CacheStatistics> statistics)
    {
        var registration = new Registration(this, name, statistics);
        lock (_lock)
            _caches = [.. _caches, registration];
        return registration;
    }

    public void Dispose() => _meter.Dispose();

    private void CreateRequestInstruments()
    {
        Counter("requests", "{request}", "Keys asked for, by what became of them.", static (s, to) =>
        {
            to.Add(s.Tiers[0].Hits, TelemetryTags.Result, "l1_hit");
            to.Add(s.LowerHits, TelemetryTags.Result, "lower_hit");
            to.Add(s.Misses, TelemetryTags.Result, "miss");
            to.Add(s.Shared, TelemetryTags.Result, "shared");
            to.Add(s.Bypassed, TelemetryTags.Result, "bypassed");
        });
        Counter("factory.calls", "{call}", "Calls of factories.", static (s, to) => to.Add(s.FactoryCalls));
        Counter("factory.failures", "{call}", "Calls of factories that threw.", static (s, to) => to.Add(s.FactoryFailures));
        Counter("values.not_stored", "{value}", "Results that were invalidated meanwhile, were not to be stored, or could not be serialised.",
            static (s, to) => to.Add(s.NotStored));
        Counter("flight.stale", "{flight}", "Flights that ended with an expired value because the factory failed or took too long.", static (s, to) => to.Add(s.StaleServed));
        Counter("factory.timeouts", "{call}", "Factories that outlasted a soft or hard timeout.", static (s, to) => to.Add(s.FactoryTimeouts));
        Counter("eager_refreshes", "{refresh}", "Entries that a hit began to compute anew before they expired.", static (s, to) => to.Add(s.EagerRefreshes));
        Counter("background.dropped", "{write}", "Results kept in L1 alone because too many writes behind were under way.", static (s, to) => to.Add(s.WritesDropped));
        Level("flight.active", "{flight}", "Flights under way.", static (s, to) => to.Add(s.Flights));
        Level("flight.callers", "{caller}", "Callers that wait for flights, their leaders included.", static (s, to) => to.Add(s.Callers));
        Level("background.operations", "{operation}", "Writes and other operations under way behind calls.", static (s, to) => to.Add(s.Background));
    }

    private void CreateTierInstruments()
    {
        Counter("tier.reads", "{read}", "Reads of a tier, by what they found.", EachTier(static (tier, to) =>
        {
            to.Add(tier.Hits, tier, TelemetryTags.Result, "hit");
            to.Add(tier.Misses, tier, TelemetryTags.Result, "miss");
            to.Add(tier.Expired, tier, TelemetryTags.Result, "expired");
            to.Add(tier.Invalidated, tier, TelemetryTags.Result, "invalidated");
            to.Add(tier.Damaged, tier, TelemetryTags.Result, "damaged");
            to.Add(tier.Skipped, tier, TelemetryTags.Result, "skipped");
            to.Add(tier.ReadFaults, tier, TelemetryTags.Result, "fault");
        }));
        Counter("tier.writes", "{write}", "Writes to a tier, promotions included, by how they ended.", EachTier(static (tier, to) =>
        {
            to.Add(tier.Writes, tier, TelemetryTags.Result, "written");
            to.Add(tier.WritesRefused, tier, TelemetryTags.Result, "refused");
            to.Add(tier.TooLarge, tier, TelemetryTags.Result, "too_large");
            to.Add(tier.WriteFaults, tier, TelemetryTags.Result, "fault");
        }));
        Counter("tier.removals", "{key}", "Keys removed from a tier, by how it ended.", EachTier(static (tier, to) =>
        {
            to.Add(tier.Removals, tier, TelemetryTags.Result, "removed");
            to.Add(tier.RemovalFaults, tier, TelemetryTags.Result, "fault");
        }));
        Counter("tier.promotions", "{entry}", "Entries copied into a tier from one below it.", EachTier(static (tier, to) => to.Add(tier.Promotions, tier)));
        Counter("tier.evictions", "{entry}", "Entries that L1 dropped by itself, by cause.", static (s, to) =>
        {
            to.Add(s.Tiers[0].Evictions, s.Tiers[0], TelemetryTags.Cause, "capacity");
            to.Add(s.Tiers[0].Expirations, s.Tiers[0], TelemetryTags.Cause, "expired");
        });
        Counter("tier.timeouts", "{call}", "Calls of a tier that were given up because they took too long.", EachTierBelowL1(static (tier, to) => to.Add(tier.Timeouts, tier)));
        Counter("tier.circuit.breaks", "{break}", "Times that a circuit of a tier opened.", EachTierBelowL1(static (tier, to) => to.Add(tier.CircuitBreaks, tier)));
        _meter.CreateObservableGauge(Prefix + "tier.circuit.state", () => Observe(EachTierBelowL1(static (tier, to) =>
        {
            to.Add(NumberOf(tier.ReadCircuit), tier, TelemetryTags.Operation, "read");
            to.Add(NumberOf(tier.WriteCircuit), tier, TelemetryTags.Operation, "write");
        })), unit: null, "State of a circuit of a tier: 0 closed, 1 half open, 2 open.");
        Level("tier.entries", "{entry}", "Entries in a tier that knows.", EachTier(static (tier, to) =>
        {
            if (tier.KnowsSize)
                to.Add(tier.Entries, tier);
        }));
        Level("tier.size", "By", "Size of a tier that knows; of L1 an estimate.", EachTier(static (tier, to) =>
        {
            if (tier.KnowsSize)
                to.Add(tier.SizeInBytes, tier);
        }));
        Level("tier.pending_invalidations", "{invalidation}", "Invalidations that wait to be carried out in a tier.",
            EachTier(static (tier, to) => to.Add(tier.PendingInvalidations, tier)));
    }

    private void CreateInvalidationInstruments()
    {
        Counter("invalidation.messages", "{message}", "Invalidations exchanged with other instances.", static (s, to) =>
        {
            AddByKind(s.Invalidations.Sent, InvalidationDirection.Sent, to);
            AddByKind(s.Invalidations.Received, InvalidationDirection.Received, to);
        });
        Counter("invalidation.faults", "{fault}", "Messages that were malformed, failed to be applied or failed to be sent.", static (s, to) =>
        {
            to.Add(s.Invalidations.Malformed, TelemetryTags.Cause, "malformed");
            to.Add(s.Invalidations.ProcessingErrors, TelemetryTags.Cause, "processing");
            to.Add(s.Invalidations.PublishFaults, TelemetryTags.Cause, "publishing");
        });
        Level("invalidation.unsent", "{message}", "Invalidations that wait to be sent.", static (s, to) => to.Add(s.Invalidations.Unsent));
        Level("backplane.connected", "{connection}", "1 while messages of other instances arrive, or there is no backplane; otherwise 0.",
            static (s, to) => to.Add(s.Invalidations.IsConnected ? 1 : 0));
        Counter("journal.catch_ups", "{read}", "Reads of the journal up to its end.", static (s, to) => to.Add(s.Invalidations.CatchUps));
        Counter("journal.gaps", "{gap}", "Times that the journal no longer reached back, so that L1 was cleared.", static (s, to) => to.Add(s.Invalidations.JournalGaps));
        _meter.CreateObservableGauge(Prefix + "journal.lag", () => Observe<double>(static (s, to) =>
        {
            if (s.Invalidations.JournalLag is { } lag)
                to.Add(lag.TotalSeconds);
        }), "s", "Time since the journal was last read up to its end: what this instance may not have heard of is no older.");
    }

    private static void AddByKind(IReadOnlyDictionary<InvalidationKind, long> counts, InvalidationDirection direction, Observations<long> to)
    {
        foreach ((InvalidationKind kind, long count) in counts)
        {
            to.Add(count,
            [
                new(TelemetryTags.Kind, CacheTelemetry.NameOf(kind)),
                new(TelemetryTags.Direction, CacheTelemetry.NameOf(direction)),
            ]);
        }
    }

    private static long NumberOf(CircuitState state) => state switch
    {
        CircuitState.Closed => 0,
        CircuitState.HalfOpen => 1,
        _ => 2,
    };

    private static Action<CacheStatistics, Observations<long>> EachTierBelowL1(Action<TierStatistics, Observations<long>> read) => (s, to) =>
    {
        foreach (TierStatistics tier in s.Tiers.Skip(1))
            read(tier, to);
    };

    private static Action<CacheStatistics, Observations<long>> EachTier(Action<TierStatistics, Observations<long>> read) => (s, to) =>
    {
        foreach (TierStatistics tier in s.Tiers)
            read(tier, to);
    };

    private Histogram<double> Histogram(string name, string description) =>
        _meter.CreateHistogram(Prefix + name, "s", description, tags: null, Seconds);

    private void Counter(string name, string unit, string description, Action<CacheStatistics, Observations<long>> read) =>
        _meter.CreateObservableCounter(Prefix + name, () => Observe(read), unit, description);

    private void Level(string name, string unit, string description, Action<CacheStatistics, Observations<long>> read) =>
        _meter.CreateObservableUpDownCounter(Prefix + name, () => Observe(read), unit, description);

    private IEnumerable<Measurement<T>> Observe<T>(Action<CacheStatistics, Observations<T>> read)
        where T : struct
    {
        var observations = new Observations<T>();
        foreach (Registration cache in Volatile.Read(ref _caches))
        {
            observations.BeginCache(cache.Name);
            read(cache.Statistics(), observations);
        }
        return observations.Measurements;
    }

    private void Remove(Registration registration)
    {
        lock (_lock)
            _caches = [.. _caches.Where(cache => cache != registration)];
    }

    private sealed class Registration(CacheMeter meter, string name, Func<CacheStatistics> statistics) : IDisposable
    {
        public string Name { get; } = name;

        public Func<CacheStatistics> Statistics { get; } = statistics;

        public void Dispose() => meter.Remove(this);
    }
}
