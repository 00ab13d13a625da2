namespace HybridTiered.Entries;

/// <summary>What an element of a <see cref="GlobPattern"/> matches.</summary>
internal enum GlobElementKind
{
    /// <summary>One given character.</summary>
    Literal,

    /// <summary>Any one character.</summary>
    Any,

    /// <summary>One character of a class.</summary>
    Class,

    /// <summary>Any number of characters.</summary>
    Star,
}
