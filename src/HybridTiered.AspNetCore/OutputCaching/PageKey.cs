using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HybridTiered.AspNetCore.OutputCaching;

/// <summary>
/// The cache's key for a key of the output cache middleware, which separates its parts by two control characters that the cache does not take: their symbols stand for
/// them. A key that holds one of these symbols or another control character itself is hashed, and so is a long one, so that no two keys become one.
/// </summary>
internal static class PageKey
{
    /// <summary>What every key of a stored response begins with: <c>oc:*</c> is the pattern of them all.</summary>
    public const string Prefix = "oc:";

    /// <summary>The longest key in characters that is not hashed.</summary>
    public const int LongestPlain = 512;

    /// <summary>Separates the parts of the middleware's keys.</summary>
    public const char Delimiter = '\u001E';

    private const char SubDelimiter = '\u001F';
    private const char DelimiterSymbol = '\u241E';
    private const char SubDelimiterSymbol = '\u241F';

    private static readonly SearchValues<char> Ambiguous =
        SearchValues.Create([.. Enumerable.Range(0, Delimiter).Select(c => (char)c), DelimiterSymbol, SubDelimiterSymbol]);

    /// <summary>How many characters <see cref="TryWrite"/> needs for a key.</summary>
    public static int LengthOf(ReadOnlySpan<char> key) => Math.Min(Prefix.Length + key.Length, LongestPlain);

    /// <summary>Writes a key, unless it has to be hashed.</summary>
    /// <param name="key">The middleware's key.</param>
    /// <param name="destination">As many characters as <see cref="LengthOf"/> says; all of them are the key.</param>
    public static bool TryWrite(ReadOnlySpan<char> key, Span<char> destination)
    {
        if (Prefix.Length + key.Length > LongestPlain || key.ContainsAny(Ambiguous))
            return false;
        Prefix.CopyTo(destination);
        Span<char> rest = destination[Prefix.Length..];
        key.Replace(rest, Delimiter, DelimiterSymbol);
        rest.Replace(SubDelimiter, SubDelimiterSymbol);
        return true;
    }

    /// <summary>The key that stands for one that cannot be written.</summary>
    public static string Hash(ReadOnlySpan<char> key) => Prefix + "sha256:" + HashText(key);

    /// <summary>A key as a string.</summary>
    public static string Of(ReadOnlySpan<char> key)
    {
        Span<char> buffer = stackalloc char[LengthOf(key)];
        return TryWrite(key, buffer) ? buffer.ToString() : Hash(key);
    }

    /// <summary>The SHA-256 of a text in UTF-16, as hexadecimal digits: two texts of clients must not be able to meet.</summary>
    public static string HashText(ReadOnlySpan<char> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text), hash);
        return Convert.ToHexStringLower(hash);
    }
}
