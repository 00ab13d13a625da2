namespace HybridTiered.Invalidation;

/// <summary>What an invalidation invalidates. The numbers are part of the message format.</summary>
public enum InvalidationKind
{
    /// <summary>One key.</summary>
    Key = 1,

    /// <summary>Several keys.</summary>
    Keys = 2,

    /// <summary>Every entry that carries a tag.</summary>
    Tag = 3,

    /// <summary>Every entry whose key matches a pattern.</summary>
    Pattern = 4,

    /// <summary>Everything.</summary>
    All = 5,

    /// <summary>One key, which gets a new value at once.</summary>
    Update = 6,
}
