namespace HybridTiered.Memcached.Protocol;

/// <summary>What a write requires of the item that is there.</summary>
internal enum StoreMode
{
    /// <summary>Nothing.</summary>
    Set,

    /// <summary>That there is none.</summary>
    Add,

    /// <summary>That its CAS value is the given one.</summary>
    CompareAndSwap,
}
