namespace HybridTiered.Inspection;

/// <summary>What a reader would make of an entry.</summary>
public enum EntryState
{
    /// <summary>It would be a hit.</summary>
    Live,

    /// <summary>Its life is over, and it is served in place of a value that could not be had.</summary>
    Stale,

    /// <summary>Its life is over.</summary>
    Expired,

    /// <summary>A tag, a pattern or a clear has killed it, or it waits to be removed or replaced.</summary>
    Invalidated,

    /// <summary>It is no readable entry of its key.</summary>
    Damaged,

    /// <summary>It cannot be told: the tier could not be asked.</summary>
    Unknown,
}
