namespace HybridTiered.Chain;

/// <summary>What an operation on a tier was for, as its faults are counted.</summary>
internal enum TierWork
{
    /// <summary>To learn something.</summary>
    Read,

    /// <summary>To learn the version of a key, which leaves a mark: counted as a read, but a tier that takes no writes fails at it.</summary>
    ReadVersion,

    /// <summary>To store or prolong something.</summary>
    Write,

    /// <summary>To remove something.</summary>
    Remove,

    /// <summary>To search the whole tier for what to remove, however long that takes.</summary>
    Sweep,
}
