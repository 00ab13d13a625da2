using HybridTiered.Inspection;

namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>One cache in a snapshot. Numbers are totals since the start; the page makes rates of them.</summary>
internal sealed record DashboardCache(
    string Name, CacheStatistics Statistics, IReadOnlyList<DashboardLatency> Latencies, IReadOnlyList<FlightUnderWay> Flights, IReadOnlyList<HotKey> HotKeys);
