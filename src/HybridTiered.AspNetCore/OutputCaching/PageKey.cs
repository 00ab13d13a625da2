using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace HybridTiered.AspNetCore.OutputCaching;

/// <summary>
/// The cache's key for a key of the output cache middleware, which separates its parts by control characters that the cache does not take. They are percent-encoded,
/// and so is the percent sign, so that no two keys become one. What is long is hashed.
/// </summary>
internal static class PageKey
{
    /// <summary>What every key of a stored response begins with: <c>oc:*</c> is the pattern of them all.</summary>
    public const string Prefix = "oc:";

    /// <summary>The longest key in characters that is not hashed.</summary>
    public const int LongestPlain = 512;

    private const string Hex = "0123456789ABCDEF";

    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (char)c), '%']);

    /// <summary>Writes a key.</summary>
    /// <param name="key">The middleware's key.</param>
    /// <param name="destination">At least <see cref="LongestPlain"/> characters.</param>
    /// <param name="written">The key, a part of <paramref name="destination"/>; or empty, and then <see cref="Hash"/> gives it.</param>
    public static bool TryWrite(ReadOnlySpan<char> key, Span<char> destination, out ReadOnlySpan<char> written)
    {
        Prefix.CopyTo(destination);
        int length = Prefix.Length;
        while (key.Length <= LongestPlain - length)
        {
            int plain = key.IndexOfAny(Escaped);
            if (plain < 0)
            {
                key.CopyTo(destination[length..]);
                written = destination[..(length + key.Length)];
                return true;
            }
            if (length + plain + 3 > LongestPlain)
                break;
            key[..plain].CopyTo(destination[length..]);
            length += plain;
            destination[length++] = '%';
            destination[length++] = Hex[key[plain] >> 4];
            destination[length++] = Hex[key[plain] & 0xF];
            key = key[(plain + 1)..];
        }
        written = default;
        return false;
    }

    /// <summary>The key that stands for one that is too long.</summary>
    public static string Hash(ReadOnlySpan<char> key) => Prefix + "sha256:" + HashText(key);

    /// <summary>A key as a string.</summary>
    public static string Of(ReadOnlySpan<char> key)
    {
        Span<char> buffer = stackalloc char[LongestPlain];
        return TryWrite(key, buffer, out ReadOnlySpan<char> written) ? written.ToString() : Hash(key);
    }

    /// <summary>The SHA-256 of a text in UTF-16, as hexadecimal digits: two texts of clients must not be able to meet.</summary>
    public static string HashText(ReadOnlySpan<char> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text), hash);
        return Convert.ToHexStringLower(hash);
    }
}
