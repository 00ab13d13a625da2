using System.Buffers.Text;
using System.Text;

namespace HybridTiered.Load.Http;

/// <summary>
/// Takes an answer out of what has been received so far (RFC 9112). It keeps nothing between calls and begins anew whenever more has come, which costs little
/// while answers fit into a packet or two.
/// </summary>
internal static class HttpAnswerParser
{
    private static ReadOnlySpan<byte> HeadEnd => "\r\n\r\n"u8;

    /// <summary>Reads an answer if all of it is there. A body in chunks is put together in place, so a buffer is given at most once after it is complete.</summary>
    /// <param name="received">All bytes since the request was sent.</param>
    /// <param name="answer">The answer.</param>
    /// <exception cref="HttpRequestException">These are not the bytes of one answer.</exception>
    public static bool TryParse(Memory<byte> received, out HttpAnswer answer)
    {
        answer = default;
        int headEnd = received.Span.IndexOf(HeadEnd);
        if (headEnd < 0)
            return false;
        Memory<byte> head = received[..headEnd];
        Memory<byte> rest = received[(headEnd + HeadEnd.Length)..];
        int status = HttpHead.StatusOf(head.Span);
        if (!TryReadBody(status, head.Span, rest.Span, out int framed, out int length))
            return false;
        if (framed != rest.Length)
            throw new HttpRequestException($"{rest.Length - framed} bytes follow the answer, though nothing else was asked.");
        answer = new HttpAnswer(status, head, rest[..length]);
        return true;
    }

    private static bool TryReadBody(int status, ReadOnlySpan<byte> head, Span<byte> rest, out int framed, out int length)
    {
        if (HttpHead.TryFind(head, "Transfer-Encoding"u8, out ReadOnlySpan<byte> encoding))
        {
            if (!Ascii.EqualsIgnoreCase(encoding, "chunked"u8))
                throw new HttpRequestException($"The transfer encoding is '{Encoding.Latin1.GetString(encoding)}'.");
            return TryJoinChunks(rest, out framed, out length);
        }
        if (HttpHead.TryFind(head, "Content-Length"u8, out ReadOnlySpan<byte> digits))
        {
            if (!Utf8Parser.TryParse(digits, out length, out int read) || read != digits.Length || length < 0)
                throw new HttpRequestException($"The length is '{Encoding.Latin1.GetString(digits)}'.");
            framed = length;
            return rest.Length >= length;
        }
        framed = length = 0;
        return status is 204 or 304
            ? true
            : throw new HttpRequestException($"The body of an answer with status {status} has no end.");
    }

    // Moves nothing before the last chunk is there.
    private static bool TryJoinChunks(Span<byte> rest, out int framed, out int length)
    {
        if (!TryWalkChunks(rest, move: false, out framed, out length))
            return false;
        return TryWalkChunks(rest, move: true, out framed, out length);
    }

    private static bool TryWalkChunks(Span<byte> rest, bool move, out int framed, out int length)
    {
        framed = length = 0;
        while (true)
        {
            int line = rest[framed..].IndexOf(HttpHead.LineEnd);
            if (line < 0)
                return false;
            ReadOnlySpan<byte> digits = rest.Slice(framed, line);
            // What follows a semicolon is an extension, which a recipient may ignore.
            if (!Utf8Parser.TryParse(digits, out int size, out int read, 'x') || size < 0 || (read < digits.Length && digits[read] != (byte)';'))
                throw new HttpRequestException($"A chunk begins with '{Encoding.Latin1.GetString(digits)}'.");
            framed += line + HttpHead.LineEnd.Length;
            if (rest.Length - framed < (long)size + HttpHead.LineEnd.Length)
                return false;
            Span<byte> chunk = rest.Slice(framed, size);
            if (!rest[(framed + size)..].StartsWith(HttpHead.LineEnd))
                throw new HttpRequestException(size == 0 ? "There are trailers behind the last chunk." : "A chunk is longer than it says.");
            if (move)
                chunk.CopyTo(rest[length..]);
            framed += size + HttpHead.LineEnd.Length;
            length += size;
            if (size == 0)
                return true;
        }
    }
}
