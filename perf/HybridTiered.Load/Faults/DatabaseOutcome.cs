using HybridTiered.Load.Measuring;

namespace HybridTiered.Load.Faults;

/// <summary>How reads went while the database was in trouble.</summary>
internal sealed class DatabaseOutcome
{
    public required DatabaseFault Fault { get; init; }

    /// <summary>How long a read may wait for the database when there is an expired value.</summary>
    public required TimeSpan SoftTimeout { get; init; }

    /// <summary>For how long an expired value is served before the database is asked again.</summary>
    public required TimeSpan Throttle { get; init; }

    public long Reads { get; set; }

    public long Failed { get; set; }

    public long Wrong { get; set; }

    public long StaleServed { get; init; }

    public required long Calls { get; init; }

    public required TimeSpan ShortestInterval { get; init; }

    public LatencyHistogram Latency { get; } = new();

    /// <summary>Keys that still showed an expired value when the database had long been well.</summary>
    public required int NotRecovered { get; init; }

    /// <summary>Whether every read was answered, and no key asked for more often than once per throttle.</summary>
    public bool IsClean => Reads > 0 && Failed == 0 && Wrong == 0 && NotRecovered == 0 && StaleServed > 0 && ShortestInterval >= Throttle;

    public void Print()
    {
        Line($"reads           {Reads,12:N0}  {Failed:N0} failed, {Wrong:N0} wrong");
        Line($"latency         {Percentiles.Describe(Latency)}; soft timeout {SoftTimeout.TotalMilliseconds} ms");
        Line($"database        {Calls,12:N0}  calls; two for one key at least {(ShortestInterval == TimeSpan.MaxValue ? "never" : $"{ShortestInterval.TotalMilliseconds:N0} ms")} apart, throttle {Throttle.TotalMilliseconds} ms");
        Line($"recovered       {(NotRecovered == 0 ? "all" : $"all but {NotRecovered}"),12}  keys");
        Console.WriteLine($"{(IsClean ? "OK" : "FAILED")}     database {Fault}");
    }

    private static void Line(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
