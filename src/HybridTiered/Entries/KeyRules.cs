namespace HybridTiered.Entries;

/// <summary>Which keys can be cached, and which of them in tiers that keep bytes.</summary>
internal static class KeyRules
{
    /// <summary>Looks for a reason not to cache under a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="maximumLength">The greatest number of UTF-16 characters allowed.</param>
    public static KeyDefect Check(ReadOnlySpan<char> key, int maximumLength) =>
        key.IsWhiteSpace() ? KeyDefect.Blank
        : key.Length > maximumLength ? KeyDefect.TooLong
        : key.ContainsAnyInRange('\0', '\u001F') ? KeyDefect.ControlCharacter
        : KeyDefect.None;

    /// <summary>
    /// Whether a key or tag is well-formed UTF-16. If it is not, it has no UTF-8 form of its own and would meet others in tiers that keep
    /// bytes.
    /// </summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        for (int at; (at = text.IndexOfAnyInRange('\uD800', '\uDFFF')) >= 0; text = text[(at + 2)..])
        {
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
                return false;
        }
        return true;
    }
}
