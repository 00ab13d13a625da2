namespace HybridTiered.Tiers.Memory;

/// <summary>What a hit has to do beside returning the value.</summary>
[Flags]
internal enum HitDuty
{
    None = 0,

    /// <summary>The lower tiers should hear that the sliding entry is in use.</summary>
    TouchLowerTiers = 1,

    /// <summary>The entry should be computed anew.</summary>
    Refresh = 2,
}
