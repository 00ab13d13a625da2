namespace HybridTiered.Memcached.Protocol;

/// <summary><c>touch</c>: sets the expiration time of an item, and answers whether there was one.</summary>
internal sealed class ClassicTouchCommand(byte[] key, long expiration) : PendingCommand<bool>
{
    public override void WriteTo(CommandBuffer output, uint opaque) =>
        output.Write("touch "u8).Write(key).Write(" "u8).Write(expiration).Write("\r\n"u8);

    protected override ReplyStep OnReply(ReadOnlySpan<byte> line) =>
        line.SequenceEqual("TOUCHED"u8) ? Complete(true)
        : line.SequenceEqual("NOT_FOUND"u8) ? Complete(false)
        : throw Unexpected();
}
