namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>A page asks where a key is.</summary>
internal sealed record DashboardLookup(string? Cache, string? Key);
