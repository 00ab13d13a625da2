namespace HybridTiered.Memcached.Protocol;

/// <summary><c>ms</c>: writes one item and returns its CAS value.</summary>
internal sealed class MetaStoreCommand(StoreRequest request) : PendingCommand<StoreReply>
{
    private uint _opaque;

    public override void WriteTo(CommandBuffer output, uint opaque)
    {
        _opaque = opaque;
        output.Write("ms "u8).Write(request.Key).Write(" "u8).Write(request.BodyLength);
        output.Write(" T"u8).Write(request.Expiration).Write(" F"u8).Write(request.Flags);
        if (request.Mode == StoreMode.Add)
            output.Write(" ME"u8);
        else if (request.Mode == StoreMode.CompareAndSwap)
            output.Write(" C"u8).Write(request.Cas);
        output.Write(" c O"u8).Write(opaque).Write("\r\n"u8);
        output.Write(request.Header.Span).Write(request.Data.Span).Write("\r\n"u8);
    }

    protected override ReplyStep OnReply(ReadOnlySpan<byte> line)
    {
        var tokens = new ReplyTokens(line);
        ReadOnlySpan<byte> code = tokens.Next();
        MetaReply reply = MetaReply.Read(ref tokens);
        if (reply.Opaque != _opaque)
            throw Unexpected();
        return Complete(
            code.SequenceEqual("HD"u8) ? new StoreReply(StoreOutcome.Stored, reply.Cas)
            : request.Mode == StoreMode.Add && code.SequenceEqual("NS"u8) ? new StoreReply(StoreOutcome.Changed)
            : request.Mode == StoreMode.CompareAndSwap && code.SequenceEqual("EX"u8) ? new StoreReply(StoreOutcome.Changed)
            : request.Mode == StoreMode.CompareAndSwap && code.SequenceEqual("NF"u8) ? new StoreReply(StoreOutcome.Missing)
            : throw Unexpected());
    }

    protected override Exception ServerFault(string message) => StoreFault.For(message, base.ServerFault(message));
}
