namespace HybridTiered.Memcached.Protocol;

/// <summary><c>set</c>, <c>add</c> or <c>cas</c>: writes one item. The server does not say which CAS value it gave it.</summary>
internal sealed class ClassicStoreCommand(StoreRequest request) : PendingCommand<StoreReply>
{
    public override void WriteTo(CommandBuffer output, uint opaque)
    {
        output.Write(request.Mode switch { StoreMode.Add => "add "u8, StoreMode.CompareAndSwap => "cas "u8, _ => "set "u8 });
        output.Write(request.Key).Write(" "u8).Write(request.Flags);
        output.Write(" "u8).Write(request.Expiration).Write(" "u8).Write(request.BodyLength);
        if (request.Mode == StoreMode.CompareAndSwap)
            output.Write(" "u8).Write(request.Cas);
        output.Write("\r\n"u8).Write(request.Header.Span).Write(request.Data.Span).Write("\r\n"u8);
    }

    protected override ReplyStep OnReply(ReadOnlySpan<byte> line) =>
        Complete(
            line.SequenceEqual("STORED"u8) ? new StoreReply(StoreOutcome.Stored)
            : request.Mode == StoreMode.Add && line.SequenceEqual("NOT_STORED"u8) ? new StoreReply(StoreOutcome.Changed)
            : request.Mode == StoreMode.CompareAndSwap && line.SequenceEqual("EXISTS"u8) ? new StoreReply(StoreOutcome.Changed)
            : request.Mode == StoreMode.CompareAndSwap && line.SequenceEqual("NOT_FOUND"u8) ? new StoreReply(StoreOutcome.Missing)
            : throw Unexpected());

    protected override Exception ServerFault(string message) => StoreFault.For(message, base.ServerFault(message));
}
