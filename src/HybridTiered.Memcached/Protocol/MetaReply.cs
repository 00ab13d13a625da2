namespace HybridTiered.Memcached.Protocol;

/// <summary>The flags of a meta command's answer. Unknown ones are skipped, as the protocol asks of clients.</summary>
internal readonly ref struct MetaReply
{
    private MetaReply(uint flags, ulong cas, uint? opaque)
    {
        Flags = flags;
        Cas = cas;
        Opaque = opaque;
    }

    public uint Flags { get; }

    public ulong Cas { get; }

    /// <summary>The number that the command carried. Servers before 1.6.18 leave it out of a miss.</summary>
    public uint? Opaque { get; }

    public static MetaReply Read(ref ReplyTokens tokens)
    {
        uint flags = 0;
        ulong cas = 0;
        uint? opaque = null;
        for (ReadOnlySpan<byte> token = tokens.Next(); !token.IsEmpty; token = tokens.Next())
        {
            switch (token[0])
            {
                case (byte)'f':
                    flags = Number32(token[1..]);
                    break;
                case (byte)'c':
                    cas = ReplyTokens.Number(token[1..]);
                    break;
                case (byte)'O':
                    opaque = Number32(token[1..]);
                    break;
            }
        }
        return new MetaReply(flags, cas, opaque);
    }

    private static uint Number32(ReadOnlySpan<byte> token) =>
        ReplyTokens.Number(token) is <= uint.MaxValue and var number
            ? (uint)number
            : throw new MemcachedProtocolException("A number in the answer is too large.");
}
