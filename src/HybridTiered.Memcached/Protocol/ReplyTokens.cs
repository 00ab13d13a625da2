using System.Buffers.Text;

namespace HybridTiered.Memcached.Protocol;

/// <summary>Takes the line of an answer apart at its blanks, any number of them.</summary>
internal ref struct ReplyTokens(ReadOnlySpan<byte> line)
{
    private ReadOnlySpan<byte> _rest = line;

    /// <summary>What has not been taken yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest.Trim((byte)' ');

    /// <summary>The next part, or an empty one at the end of the line.</summary>
    public ReadOnlySpan<byte> Next()
    {
        _rest = _rest.TrimStart((byte)' ');
        int blank = _rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> token = blank < 0 ? _rest : _rest[..blank];
        _rest = _rest[token.Length..];
        return token;
    }

    /// <summary>The next part as a number that fills it.</summary>
    /// <exception cref="MemcachedProtocolException">It is none.</exception>
    public ulong NextNumber() => Number(Next());

    /// <summary>The next part as the length of a data block.</summary>
    /// <exception cref="MemcachedProtocolException">It is none.</exception>
    public int NextLength()
    {
        ulong length = NextNumber();
        return length <= int.MaxValue
            ? (int)length
            : throw new MemcachedProtocolException($"A data block of {length} bytes was announced.");
    }

    public static ulong Number(ReadOnlySpan<byte> token) =>
        Utf8Parser.TryParse(token, out ulong number, out int consumed) && consumed == token.Length
            ? number
            : throw new MemcachedProtocolException("A number was expected in the answer.");
}
