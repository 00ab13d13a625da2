namespace HybridTiered;

/// <summary>What L1 serves while the backplane is away.</summary>
public enum OutageMode
{
    /// <summary>Everything it has. What other instances invalidate meanwhile is served until the connection is back, or until it expires.</summary>
    ServeL1,

    /// <summary>Values younger than <see cref="Configuration.TieredCacheOptions.DisconnectedMaxAge"/>: no value served is out of date for longer.</summary>
    ServeRecentL1,

    /// <summary>Nothing: every read asks the tiers below.</summary>
    BypassL1,
}
