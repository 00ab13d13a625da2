namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>What a watching page is told at every refresh.</summary>
/// <param name="At">When, in milliseconds since 1970.</param>
/// <param name="Instance">Which process tells it.</param>
/// <param name="Boundaries">The upper bounds of the latencies' buckets, in seconds.</param>
/// <param name="Caches">The caches of the application.</param>
internal sealed record DashboardSnapshot(long At, string Instance, IReadOnlyList<double> Boundaries, IReadOnlyList<DashboardCache> Caches);
