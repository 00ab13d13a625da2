namespace HybridTiered.Entries;

/// <summary>One step of a <see cref="GlobPattern"/>.</summary>
internal readonly struct GlobElement
{
    private readonly (char First, char Last)[]? _ranges;
    private readonly bool _negated;

    private GlobElement(GlobElementKind kind, string source) => (Kind, Source) = (kind, source);

    public GlobElement(char literal)
        : this(GlobElementKind.Literal, "") => Literal = literal;

    public GlobElement(string source, bool negated, (char First, char Last)[] ranges)
        : this(GlobElementKind.Class, source) => (_negated, _ranges) = (negated, ranges);

    public static GlobElement Any => new(GlobElementKind.Any, "?");

    public static GlobElement Star => new(GlobElementKind.Star, "*");

    public GlobElementKind Kind { get; }

    /// <summary>The character of a <see cref="GlobElementKind.Literal"/>.</summary>
    public char Literal { get; }

    /// <summary>The text in the pattern; not kept for a <see cref="GlobElementKind.Literal"/>.</summary>
    public string Source { get; }

    /// <summary>Whether it is a class that holds nothing but characters that are one byte in UTF-8.</summary>
    public bool IsAsciiClass =>
        Kind == GlobElementKind.Class && !_negated && Array.TrueForAll(_ranges!, range => char.IsAscii(range.Last));

    /// <summary>Whether one character fits; not to be asked of a <see cref="GlobElementKind.Star"/>.</summary>
    public bool Matches(char c) => Kind switch
    {
        GlobElementKind.Literal => c == Literal,
        GlobElementKind.Class => IsInClass(c),
        _ => true,
    };

    private bool IsInClass(char c)
    {
        foreach ((char first, char last) in _ranges!)
        {
            if (c >= first && c <= last)
                return !_negated;
        }
        return _negated;
    }
}
