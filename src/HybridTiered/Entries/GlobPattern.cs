using System.Buffers;
using System.Text;

namespace HybridTiered.Entries;

/// <summary>
/// A pattern over whole keys, in the dialect of Redis (<c>KEYS</c>, <c>SCAN MATCH</c>), the same in every tier:
/// <list type="table">
/// <item><term><c>*</c></term><description>any characters, none included</description></item>
/// <item><term><c>?</c></term><description>one character</description></item>
/// <item><term><c>[abc]</c>, <c>[a-z]</c></term><description>one character of the class</description></item>
/// <item><term><c>[^a]</c></term><description>one character that is not of the class</description></item>
/// <item><term><c>\x</c></term><description>the character <c>x</c> itself</description></item>
/// </list>
/// Matching is ordinal and case-sensitive.
/// </summary>
/// <remarks>
/// <para>
/// The rarer rules are those of <c>stringmatchlen</c> in Redis, too: a class that is not closed ends with the pattern; <c>[z-a]</c> is
/// <c>[a-z]</c>; in a class, <c>\</c> takes the next character literally, but the character after a range's hyphen always ends the range,
/// <c>]</c> and <c>\</c> included; <c>[]</c> matches nothing and <c>[^]</c> any character; a backslash at the end stands for itself.
/// </para>
/// <para>
/// One difference cannot be helped: here a character is a UTF-16 code unit, in Redis it is a byte of UTF-8. Where that matters
/// (<see cref="IsUtf8Exact"/> is <see langword="false"/>), a tier that lets a byte matcher find keys gives it <see cref="Utf8Pattern"/>,
/// which matches at least as much, and asks <see cref="Matches"/> about each key found.
/// </para>
/// <para>Instances are immutable.</para>
/// </remarks>
public sealed class GlobPattern
{
    private static readonly SearchValues<char> Special = SearchValues.Create("*?[]^\\");

    private readonly GlobElement[] _afterPrefix;

    /// <summary>Reads a pattern. Every text but the empty one is a pattern.</summary>
    /// <param name="text">The pattern.</param>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="text"/> is empty.</exception>
    public GlobPattern(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        Text = text;
        List<GlobElement> elements = GlobParser.Parse(text);
        int literals = elements.TakeWhile(element => element.Kind == GlobElementKind.Literal).Count();
        LiteralPrefix = string.Concat(elements.Take(literals).Select(element => element.Literal));
        _afterPrefix = [.. elements.Skip(literals)];
        (Utf8Pattern, IsUtf8Exact) = GlobUtf8.Translate(elements);
    }

    /// <summary>The pattern as it was given.</summary>
    public string Text { get; }

    /// <summary>The characters, freed of backslashes, that every matching key begins with; possibly none.</summary>
    public string LiteralPrefix { get; }

    /// <summary>Whether exactly one key matches: <see cref="LiteralPrefix"/>.</summary>
    public bool IsLiteral => _afterPrefix.Length == 0;

    /// <summary>
    /// A pattern for matchers that compare bytes of UTF-8, such as Redis. It matches every well-formed key that this pattern matches,
    /// and others as well unless <see cref="IsUtf8Exact"/>.
    /// </summary>
    public string Utf8Pattern { get; }

    /// <summary>Whether <see cref="Utf8Pattern"/> on bytes matches exactly the well-formed keys that this pattern matches.</summary>
    public bool IsUtf8Exact { get; }

    /// <summary>A pattern that matches one text alone.</summary>
    /// <param name="literal">The text.</param>
    /// <returns>The text with a backslash before each character that has a meaning in patterns.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="literal"/> is null.</exception>
    public static string Escape(string literal)
    {
        ArgumentNullException.ThrowIfNull(literal);
        if (!literal.AsSpan().ContainsAny(Special))
            return literal;
        var escaped = new StringBuilder(literal.Length + 8);
        foreach (char c in literal)
            AppendLiteral(escaped, c);
        return escaped.ToString();
    }

    /// <summary>The pattern that matches a prefix followed by whatever this one matches, and nothing else.</summary>
    /// <param name="literalPrefix">The prefix, taken literally; possibly empty.</param>
    /// <exception cref="ArgumentNullException"><paramref name="literalPrefix"/> is null.</exception>
    public GlobPattern Prefixed(string literalPrefix)
    {
        ArgumentNullException.ThrowIfNull(literalPrefix);
        return literalPrefix.Length == 0 ? this : new GlobPattern(Escape(literalPrefix) + Text);
    }

    /// <summary>Whether the whole of a key matches. Takes time in proportion to key length times pattern length at worst.</summary>
    /// <param name="key">The key.</param>
    public bool Matches(ReadOnlySpan<char> key) =>
        key.StartsWith(LiteralPrefix, StringComparison.Ordinal) && MatchesRest(key[LiteralPrefix.Length..]);

    /// <inheritdoc/>
    public override string ToString() => Text;

    internal static void AppendLiteral(StringBuilder pattern, char literal)
    {
        if (Special.Contains(literal))
            pattern.Append('\\');
        pattern.Append(literal);
    }

    // When a character does not fit, only the last star takes one more character and the walk resumes behind it. Going back to an earlier
    // star could not help: what lies between the two was found at the earliest place it can be (Kirk J. Krauss, "Matching Wildcards: An
    // Algorithm", 2008).
    private bool MatchesRest(ReadOnlySpan<char> rest)
    {
        int element = 0;
        int at = 0;
        int afterStar = -1;
        int starTakesUntil = 0;
        while (at < rest.Length)
        {
            if (element < _afterPrefix.Length && _afterPrefix[element].Kind == GlobElementKind.Star)
            {
                afterStar = ++element;
                starTakesUntil = at;
                if (afterStar == _afterPrefix.Length)
                    return true;
            }
            else if (element < _afterPrefix.Length && _afterPrefix[element].Matches(rest[at]))
            {
                element++;
                at++;
            }
            else if (afterStar >= 0)
            {
                element = afterStar;
                at = ++starTakesUntil;
            }
            else
            {
                return false;
            }
        }
        while (element < _afterPrefix.Length && _afterPrefix[element].Kind == GlobElementKind.Star)
            element++;
        return element == _afterPrefix.Length;
    }
}
