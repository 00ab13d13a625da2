namespace HybridTiered.Memcached.Protocol;

/// <summary><c>mg</c>: reads one item, or its flags and CAS value alone, and may set its expiration time in the same step.</summary>
internal sealed class MetaGetCommand : PendingCommand<ItemReply>
{
    private readonly byte[] _key;
    private readonly bool _body;
    private readonly bool _attributes;
    private readonly long? _newExpiration;
    private uint _opaque;
    private ItemReply _reply;

    private MetaGetCommand(byte[] key, bool body, bool attributes, long? newExpiration)
    {
        _key = key;
        _body = body;
        _attributes = attributes;
        _newExpiration = newExpiration;
    }

    public static MetaGetCommand Read(byte[] key, bool withVersion) => new(key, body: true, attributes: withVersion, newExpiration: null);

    public static MetaGetCommand Look(byte[] key) => new(key, body: false, attributes: true, newExpiration: null);

    public static MetaGetCommand Touch(byte[] key, long newExpiration) => new(key, body: false, attributes: true, newExpiration);

    public override void WriteTo(CommandBuffer output, uint opaque)
    {
        _opaque = opaque;
        output.Write("mg "u8).Write(_key);
        if (_newExpiration is { } expiration)
            output.Write(" T"u8).Write(expiration);
        if (_attributes)
            output.Write(" f c"u8);
        if (_body)
            output.Write(" v"u8);
        output.Write(" O"u8).Write(opaque).Write("\r\n"u8);
    }

    public override ReplyStep OnBlock(RentedBytes block)
    {
        _reply = _reply with { Body = block };
        return Complete(_reply);
    }

    protected override ReplyStep OnReply(ReadOnlySpan<byte> line)
    {
        var tokens = new ReplyTokens(line);
        ReadOnlySpan<byte> code = tokens.Next();
        if (code.SequenceEqual("EN"u8))
            return MetaReply.Read(ref tokens).Opaque is { } miss && miss != _opaque ? throw Unexpected() : Complete(default);
        if (!code.SequenceEqual(_body ? "VA"u8 : "HD"u8))
            throw Unexpected();
        BlockLength = _body ? tokens.NextLength() : 0;
        MetaReply reply = MetaReply.Read(ref tokens);
        if (reply.Opaque != _opaque)
            throw Unexpected();
        _reply = new ItemReply(Found: true, reply.Flags, reply.Cas);
        return _body ? ReplyStep.Block : Complete(_reply);
    }

    protected override void DropReceived() => _reply.Dispose();
}
