using System.Text;

namespace HybridTiered.Memcached.Protocol;

/// <summary><c>stats</c>: asks for the server's general statistics.</summary>
internal sealed class StatisticsCommand : PendingCommand<Dictionary<string, string>>
{
    /// <summary>Servers report about a hundred; more than this is no report.</summary>
    private const int MaximumCount = 1000;

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    protected override bool OneErrorIsTheAnswer => false;

    public override void WriteTo(CommandBuffer output, uint opaque) => output.Write("stats\r\n"u8);

    protected override ReplyStep OnReply(ReadOnlySpan<byte> line)
    {
        var tokens = new ReplyTokens(line);
        ReadOnlySpan<byte> code = tokens.Next();
        if (code.SequenceEqual("END"u8))
            return Complete(_values);
        if (!code.SequenceEqual("STAT"u8) || _values.Count == MaximumCount)
            throw Unexpected();
        string name = Encoding.UTF8.GetString(tokens.Next());
        _values[name] = Encoding.UTF8.GetString(tokens.Rest);
        return ReplyStep.Line;
    }

    /// <summary>Some proxies have no statistics; the tier works without.</summary>
    protected override ReplyStep OnUnknownCommand() => _values.Count == 0 ? Complete(_values) : base.OnUnknownCommand();
}
