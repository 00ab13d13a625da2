using System.Diagnostics;
using System.Diagnostics.Metrics;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;

namespace HybridTiered.Diagnostics;

/// <summary>
/// What one cache tells of its slow paths: how long they took, and spans for traces. Every method returns <see langword="null"/> when nobody listens. A hit in L1
/// never comes here: it is counted in its thread's cell, which instruments read when they are collected.
/// </summary>
internal sealed class CacheTelemetry(CacheMeter meter, string cacheName, TimeProvider time, bool includesKeys) : IDisposable
{
    private static readonly ActivitySource Source = new(TelemetryNames.ActivitySource, CacheMeter.Version);

    private IDisposable? _registration;

    /// <summary>The name of the cache in every tag.</summary>
    public string CacheName { get; } = cacheName;

    /// <summary>From now on instruments report what the cache has counted.</summary>
    public void Report(Func<CacheStatistics> statistics) => _registration = meter.Add(CacheName, statistics);

    /// <summary>Whether anybody listens to calls of tiers.</summary>
    public bool HearsTiers => IsHeard(meter.TierDuration);

    /// <summary>A flight: everything between a miss in L1 and the answer to its callers.</summary>
    public TimedOperation? Flight(string key) =>
        IsHeard(meter.FlightDuration) ? Start(TelemetryNames.FlightActivity, meter.FlightDuration, default, key) : null;

    /// <summary>A call of a factory, within a flight that has the key.</summary>
    public TimedOperation? Factory() =>
        IsHeard(meter.FactoryDuration) ? Start(TelemetryNames.FactoryActivity, meter.FactoryDuration, default, null) : null;

    /// <summary>A call of a tier below L1.</summary>
    /// <param name="tier">Its name.</param>
    /// <param name="level">Its place.</param>
    /// <param name="reach">Who shares it.</param>
    /// <param name="operation">What it is to do: one of a few words.</param>
    /// <param name="key">The key, if it is one.</param>
    public TimedOperation? Tier(string tier, int level, TierReach reach, string operation, string? key = null)
    {
        if (!IsHeard(meter.TierDuration))
            return null;
        var tags = new TagList { { TelemetryTags.Tier, tier }, { TelemetryTags.Level, level }, { TelemetryTags.Operation, operation } };
        return Start(TelemetryNames.TierActivity, meter.TierDuration, tags, key, reach == TierReach.Shared ? ActivityKind.Client : ActivityKind.Internal);
    }

    /// <summary>An invalidation, from its beginning until it was carried out here and, if it is made here, sent.</summary>
    public TimedOperation? Invalidation(InvalidationKind kind, InvalidationDirection direction, string? key = null)
    {
        if (!IsHeard(meter.InvalidationDuration))
            return null;
        var tags = new TagList { { TelemetryTags.Kind, NameOf(kind) }, { TelemetryTags.Direction, NameOf(direction) } };
        return Start(TelemetryNames.InvalidationActivity, meter.InvalidationDuration, tags, key);
    }

    /// <summary>How long an invalidation has been on its way.</summary>
    public void InvalidationArrived(InvalidationKind kind, TimeSpan delay)
    {
        if (meter.InvalidationDelay.Enabled)
        {
            meter.InvalidationDelay.Record(
                Math.Max(0, delay.TotalSeconds), new(TelemetryTags.Cache, CacheName), new(TelemetryTags.Kind, NameOf(kind)));
        }
    }

    public void Dispose() => _registration?.Dispose();

    internal static string NameOf(InvalidationKind kind) => kind switch
    {
        InvalidationKind.Key => "key",
        InvalidationKind.Keys => "keys",
        InvalidationKind.Tag => "tag",
        InvalidationKind.Pattern => "pattern",
        InvalidationKind.All => "all",
        _ => "update",
    };

    internal static string NameOf(InvalidationDirection direction) => direction == InvalidationDirection.Sent ? "sent" : "received";

    private static bool IsHeard(Histogram<double> duration) => duration.Enabled || Source.HasListeners();

    private TimedOperation Start(string activityName, Histogram<double> duration, TagList tags, string? key, ActivityKind kind = ActivityKind.Internal)
    {
        tags.Add(TelemetryTags.Cache, CacheName);
        Activity? activity = Source.StartActivity(activityName, kind);
        if (includesKeys && key is not null)
            activity?.SetTag(TelemetryTags.Key, key);
        return new TimedOperation(time, duration, activity, tags);
    }
}
