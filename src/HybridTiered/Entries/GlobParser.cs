namespace HybridTiered.Entries;

/// <summary>Takes the text of a <see cref="GlobPattern"/> apart, by the rules of <c>stringmatchlen</c> in Redis.</summary>
internal static class GlobParser
{
    public static List<GlobElement> Parse(string text)
    {
        var elements = new List<GlobElement>(text.Length);
        for (int at = 0; at < text.Length;)
        {
            switch (text[at])
            {
                case '*':
                    if (elements.Count == 0 || elements[^1].Kind != GlobElementKind.Star)
                        elements.Add(GlobElement.Star);
                    at++;
                    break;
                case '?':
                    elements.Add(GlobElement.Any);
                    at++;
                    break;
                case '[':
                    elements.Add(ParseClass(text, ref at));
                    break;
                case '\\' when at + 1 < text.Length:
                    elements.Add(new GlobElement(text[at + 1]));
                    at += 2;
                    break;
                default:
                    elements.Add(new GlobElement(text[at]));
                    at++;
                    break;
            }
        }
        return elements;
    }

    private static GlobElement ParseClass(string text, ref int at)
    {
        int start = at++;
        bool negated = at < text.Length && text[at] == '^';
        if (negated)
            at++;

        var ranges = new List<(char First, char Last)>();
        while (at < text.Length && text[at] != ']')
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                ranges.Add((text[at + 1], text[at + 1]));
                at += 2;
            }
            else if (at + 2 < text.Length && text[at + 1] == '-')
            {
                (char one, char other) = (text[at], text[at + 2]);
                ranges.Add(one <= other ? (one, other) : (other, one));
                at += 3;
            }
            else
            {
                ranges.Add((text[at], text[at]));
                at++;
            }
        }
        if (at < text.Length)
            at++;
        return new GlobElement(text[start..at], negated, [.. ranges]);
    }
}
