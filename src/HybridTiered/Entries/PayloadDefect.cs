namespace HybridTiered.Entries;

/// <summary>Why bytes cannot be used as an entry.</summary>
internal enum PayloadDefect
{
    /// <summary>They can.</summary>
    None,

    /// <summary>They do not begin as an entry does: another format or another version of it.</summary>
    NotAPayload,

    /// <summary>They begin as an entry does, but what follows is cut off, inconsistent or out of range.</summary>
    Damaged,

    /// <summary>They are an entry, but that of another key.</summary>
    OtherKey,
}
