namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>How many operations took how long.</summary>
/// <param name="Of">Whose: a tier's name, or <c>factory</c>, <c>flight</c>, <c>arrival</c> for what is no tier's.</param>
/// <param name="Operation">The operation of a tier, otherwise empty.</param>
/// <param name="Buckets">The counts between the boundaries of the snapshot.</param>
internal sealed record DashboardLatency(string Of, string Operation, IReadOnlyList<long> Buckets);
