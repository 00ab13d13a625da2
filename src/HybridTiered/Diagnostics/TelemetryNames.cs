namespace HybridTiered.Diagnostics;

/// <summary>What to subscribe to: <c>AddMeter(TelemetryNames.Meter)</c> and <c>AddSource(TelemetryNames.ActivitySource)</c>.</summary>
public static class TelemetryNames
{
    /// <summary>The name of the meter, one per service provider.</summary>
    public const string Meter = "HybridTiered";

    /// <summary>The name of the activity source.</summary>
    public const string ActivitySource = "HybridTiered";

    internal const string FlightActivity = "hybridtiered.flight";
    internal const string FactoryActivity = "hybridtiered.factory";
    internal const string TierActivity = "hybridtiered.tier";
    internal const string InvalidationActivity = "hybridtiered.invalidation";
}
