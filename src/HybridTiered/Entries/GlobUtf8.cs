using System.Text;

namespace HybridTiered.Entries;

/// <summary>
/// Rewrites a <see cref="GlobPattern"/> for matchers whose character is a byte of UTF-8. What one UTF-16 code unit may match is one byte
/// or more there, so an element that may match beyond ASCII becomes <c>?*</c>; literal characters, surrogate pairs included, stay what
/// they are.
/// </summary>
internal static class GlobUtf8
{
    // Redis gives up on a pattern, and matches nothing, when more than 1000 stars are nested.
    private const int MostStars = 900;

    public static (string Pattern, bool IsExact) Translate(List<GlobElement> elements)
    {
        var pattern = new StringBuilder(elements.Count);
        bool isExact = true;
        bool starPending = false;
        int stars = 0;
        for (int i = 0; i < elements.Count;)
        {
            int sameOnBytes = CountSameOnBytes(elements, i);
            if (sameOnBytes > 0)
            {
                FlushStar();
                for (int end = i + sameOnBytes; i < end; i++)
                    Append(pattern, elements[i]);
                continue;
            }
            if (elements[i].Kind != GlobElementKind.Star)
            {
                pattern.Append('?');
                isExact = false;
            }
            starPending = true;
            i++;
        }
        FlushStar();
        return stars <= MostStars ? (pattern.ToString(), isExact) : ("*", false);

        void FlushStar()
        {
            if (!starPending)
                return;
            pattern.Append('*');
            starPending = false;
            stars++;
        }
    }

    private static int CountSameOnBytes(List<GlobElement> elements, int i)
    {
        GlobElement element = elements[i];
        if (element.Kind != GlobElementKind.Literal || !char.IsSurrogate(element.Literal))
            return element.Kind == GlobElementKind.Literal || element.IsAsciiClass ? 1 : 0;
        bool isPair = i + 1 < elements.Count
            && elements[i + 1].Kind == GlobElementKind.Literal
            && char.IsSurrogatePair(element.Literal, elements[i + 1].Literal);
        return isPair ? 2 : 0;
    }

    private static void Append(StringBuilder pattern, in GlobElement element)
    {
        if (element.Kind == GlobElementKind.Literal)
            GlobPattern.AppendLiteral(pattern, element.Literal);
        else
            pattern.Append(element.Source);
    }
}
