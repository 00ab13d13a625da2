namespace HybridTiered.Chain;

/// <summary>What an operation on a tier was for, as its faults are counted.</summary>
internal enum TierWork
{
    /// <summary>To learn something.</summary>
    Read,

    /// <summary>To store or prolong something.</summary>
    Write,

    /// <summary>To remove something.</summary>
    Remove,
}
