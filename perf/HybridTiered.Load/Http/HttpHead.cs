using System.Buffers.Text;
using System.Text;

namespace HybridTiered.Load.Http;

/// <summary>Reads the head of an answer: <c>HTTP/1.1 200 OK</c> and the lines below (RFC 9112, sections 4 and 5).</summary>
internal static class HttpHead
{
    public static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <exception cref="HttpRequestException">The first line is none of HTTP/1.1.</exception>
    public static int StatusOf(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> version = "HTTP/1.1 "u8;
        return head.StartsWith(version) && Utf8Parser.TryParse(head[version.Length..], out int status, out int digits) && digits == 3
            ? status
            : throw new HttpRequestException($"The answer begins with '{Encoding.Latin1.GetString(head[..Math.Min(head.Length, 40)])}'.");
    }

    /// <summary>Finds a header by its name, in whatever case.</summary>
    public static bool TryFind(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (int end = head.IndexOf(LineEnd); end >= 0; end = head.IndexOf(LineEnd))
        {
            head = head[(end + LineEnd.Length)..];
            if (head.Length > name.Length && head[name.Length] == (byte)':' && Ascii.EqualsIgnoreCase(head[..name.Length], name))
            {
                int length = head.IndexOf(LineEnd);
                value = head[(name.Length + 1)..(length < 0 ? head.Length : length)].Trim(" \t"u8);
                return true;
            }
        }
        value = default;
        return false;
    }
}
