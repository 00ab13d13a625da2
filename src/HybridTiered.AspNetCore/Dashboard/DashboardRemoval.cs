namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>A page asks for a removal.</summary>
/// <param name="Cache">The name of the cache.</param>
/// <param name="Kind"><c>key</c>, <c>tag</c> or <c>pattern</c>.</param>
/// <param name="Name">The key, tag or pattern.</param>
internal sealed record DashboardRemoval(string? Cache, string? Kind, string? Name);
