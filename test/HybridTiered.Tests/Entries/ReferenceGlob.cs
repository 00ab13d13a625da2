namespace HybridTiered.Tests.Entries;

/// <summary>
/// The glob dialect of Redis in its simplest form, recursive over whatever a character is: a byte for Redis itself, a UTF-16 code unit in
/// process.
/// </summary>
internal static class ReferenceGlob
{
    public static bool Matches(ReadOnlySpan<int> pattern, ReadOnlySpan<int> text)
    {
        if (pattern.IsEmpty)
            return text.IsEmpty;
        switch (pattern[0])
        {
            case '*':
                return Matches(pattern[1..], text) || (!text.IsEmpty && Matches(pattern, text[1..]));
            case '?':
                return !text.IsEmpty && Matches(pattern[1..], text[1..]);
            case '[':
                return !text.IsEmpty && MatchesClass(pattern[1..], text[0], out int length) && Matches(pattern[(1 + length)..], text[1..]);
            case '\\' when pattern.Length > 1:
                return !text.IsEmpty && text[0] == pattern[1] && Matches(pattern[2..], text[1..]);
            default:
                return !text.IsEmpty && text[0] == pattern[0] && Matches(pattern[1..], text[1..]);
        }
    }

    private static bool MatchesClass(ReadOnlySpan<int> pattern, int c, out int length)
    {
        int at = 0;
        bool negated = pattern.Length > 0 && pattern[0] == '^';
        if (negated)
            at++;
        bool found = false;
        while (true)
        {
            int left = pattern.Length - at;
            if (left == 0)
            {
                length = at;
                break;
            }
            if (left >= 2 && pattern[at] == '\\')
            {
                found |= c == pattern[at + 1];
                at += 2;
            }
            else if (pattern[at] == ']')
            {
                length = at + 1;
                break;
            }
            else if (left >= 3 && pattern[at + 1] == '-')
            {
                found |= c >= Math.Min(pattern[at], pattern[at + 2]) && c <= Math.Max(pattern[at], pattern[at + 2]);
                at += 3;
            }
            else
            {
                found |= c == pattern[at];
                at++;
            }
        }
        return found != negated;
    }
}
