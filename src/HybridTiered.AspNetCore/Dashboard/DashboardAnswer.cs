namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>What a page is told about what it asked for.</summary>
internal sealed record DashboardAnswer(string Message);
