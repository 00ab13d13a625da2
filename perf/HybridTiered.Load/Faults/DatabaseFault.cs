namespace HybridTiered.Load.Faults;

/// <summary>What is wrong with the database.</summary>
internal enum DatabaseFault
{
    None,

    /// <summary>It fails at once.</summary>
    Failing,

    /// <summary>It never answers.</summary>
    Hanging,

    /// <summary>It answers too late.</summary>
    Slow,
}
