namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>What the dashboard shows and to whom.</summary>
public sealed class DashboardOptions
{
    /// <summary>
    /// Whether the dashboard answers anybody while the application runs in the environment <c>Development</c>. Default <see langword="false"/>: it answers only where
    /// <c>RequireAuthorization</c> stands on it. In every other environment this changes nothing.
    /// </summary>
    public bool AllowAnonymousInDevelopment { get; set; }

    /// <summary>Whether looking a key up shows its value too. Default <see langword="false"/>: caches hold what their readers alone should see.</summary>
    public bool ShowValues { get; set; }

    /// <summary>How often the numbers move. Default 1 second; 100 milliseconds to 1 minute.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many pages may watch at a time; further ones are told to come back. Default 32; at least 1.</summary>
    public int MaximumWatchers { get; set; } = 32;
}
