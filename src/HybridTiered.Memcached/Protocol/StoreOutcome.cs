namespace HybridTiered.Memcached.Protocol;

/// <summary>What became of a write.</summary>
internal enum StoreOutcome
{
    /// <summary>The item is stored.</summary>
    Stored,

    /// <summary>There is another item than the write requires.</summary>
    Changed,

    /// <summary>There is no item, and the write requires one.</summary>
    Missing,
}
