namespace HybridTiered.AspNetCore.Health;

/// <summary>When a cache counts as healthy.</summary>
public sealed class HybridTieredHealthOptions
{
    /// <summary>How long a tier may take to answer. Default 2 seconds; positive.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long ago the journal may have been read to its end. Default 30 seconds; positive. It is read every 5 seconds unless the cache's options say otherwise.</summary>
    public TimeSpan MaximumJournalLag { get; set; } = TimeSpan.FromSeconds(30);

    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    internal HybridTieredHealthOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ProbeTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MaximumJournalLag, TimeSpan.Zero);
        return this;
    }
}
