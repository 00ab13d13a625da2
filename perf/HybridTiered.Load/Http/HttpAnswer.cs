using System.Text;

namespace HybridTiered.Load.Http;

/// <summary>An answer as it came. Its bytes lie in the connection's buffer: they are valid until that connection is asked again.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Head">The status line and the header lines, without the empty line.</param>
/// <param name="Body">The body, without what it was framed in.</param>
internal readonly record struct HttpAnswer(int Status, ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Body)
{
    /// <summary>The value of a header, or <see langword="null"/> without it.</summary>
    public string? Header(ReadOnlySpan<byte> name) => HttpHead.TryFind(Head.Span, name, out ReadOnlySpan<byte> value) ? Encoding.ASCII.GetString(value) : null;
}
