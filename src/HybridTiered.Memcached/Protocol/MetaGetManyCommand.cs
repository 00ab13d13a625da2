namespace HybridTiered.Memcached.Protocol;

/// <summary>
/// Quiet <c>mg</c> commands for many keys and an <c>mn</c> behind them: the server answers hits only, each with the number of its command,
/// and the answer to <c>mn</c> says that all the others are misses. An error in between cannot be told from its neighbours, so it ends the
/// connection.
/// </summary>
internal sealed class MetaGetManyCommand(IReadOnlyList<byte[]> keys) : PendingCommand<ItemReply[]>
{
    private readonly ItemReply[] _replies = new ItemReply[keys.Count];
    private uint _firstOpaque;
    private uint _current;

    public override uint OpaqueCount => (uint)keys.Count;

    protected override bool OneErrorIsTheAnswer => false;

    public override void WriteTo(CommandBuffer output, uint opaque)
    {
        _firstOpaque = opaque;
        for (int i = 0; i < keys.Count; i++)
            output.Write("mg "u8).Write(keys[i]).Write(" q v O"u8).Write(unchecked(opaque + (uint)i)).Write("\r\n"u8);
        output.Write("mn\r\n"u8);
    }

    public override ReplyStep OnBlock(RentedBytes block)
    {
        _replies[_current] = new ItemReply(Found: true, Body: block);
        return ReplyStep.Line;
    }

    protected override ReplyStep OnReply(ReadOnlySpan<byte> line)
    {
        var tokens = new ReplyTokens(line);
        ReadOnlySpan<byte> code = tokens.Next();
        if (code.SequenceEqual("MN"u8))
            return Complete(_replies);
        if (!code.SequenceEqual("VA"u8))
            throw Unexpected();
        BlockLength = tokens.NextLength();
        _current = unchecked((MetaReply.Read(ref tokens).Opaque ?? throw Unexpected()) - _firstOpaque);
        return _current < _replies.Length && !_replies[_current].Found ? ReplyStep.Block : throw Unexpected();
    }

    protected override void DropReceived()
    {
        foreach (ItemReply reply in _replies)
            reply.Dispose();
    }
}
