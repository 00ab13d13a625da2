namespace HybridTiered.Memcached.Protocol;

/// <summary><c>gets</c>: reads items by key. The server sends those it has, in the order of the keys, and <c>END</c>.</summary>
internal sealed class ClassicGetCommand(IReadOnlyList<byte[]> keys) : PendingCommand<ItemReply[]>
{
    private readonly ItemReply[] _replies = new ItemReply[keys.Count];
    private int _next;

    protected override bool OneErrorIsTheAnswer => false;

    public override void WriteTo(CommandBuffer output, uint opaque)
    {
        output.Write("gets"u8);
        foreach (byte[] key in keys)
            output.Write(" "u8).Write(key);
        output.Write("\r\n"u8);
    }

    public override ReplyStep OnBlock(RentedBytes block)
    {
        _replies[_next] = _replies[_next] with { Body = block };
        _next++;
        return ReplyStep.Line;
    }

    protected override ReplyStep OnReply(ReadOnlySpan<byte> line)
    {
        var tokens = new ReplyTokens(line);
        ReadOnlySpan<byte> code = tokens.Next();
        if (code.SequenceEqual("END"u8))
            return Complete(_replies);
        if (!code.SequenceEqual("VALUE"u8))
            throw Unexpected();
        ReadOnlySpan<byte> key = tokens.Next();
        while (_next < keys.Count && !key.SequenceEqual(keys[_next]))
            _next++;
        if (_next == keys.Count)
            throw Unexpected();
        ulong flags = tokens.NextNumber();
        BlockLength = tokens.NextLength();
        _replies[_next] = new ItemReply(Found: true, unchecked((uint)flags), tokens.NextNumber());
        return ReplyStep.Block;
    }

    protected override void DropReceived()
    {
        foreach (ItemReply reply in _replies)
            reply.Dispose();
    }
}
