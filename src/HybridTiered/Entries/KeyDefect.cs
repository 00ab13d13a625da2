namespace HybridTiered.Entries;

/// <summary>Why a value cannot be cached under a key.</summary>
internal enum KeyDefect
{
    /// <summary>It can.</summary>
    None,

    /// <summary>The key is empty or white space.</summary>
    Blank,

    /// <summary>The key has more characters than are allowed.</summary>
    TooLong,

    /// <summary>The key holds a character of U+001F or below.</summary>
    ControlCharacter,
}
