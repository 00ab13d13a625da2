using System.Buffers;
using System.Text;

namespace HybridTiered.Memcached.Protocol;

/// <summary><c>version</c>: asks for the server's version.</summary>
internal sealed class VersionCommand : PendingCommand<Version>
{
    private static readonly SearchValues<byte> DigitsAndDots = SearchValues.Create("0123456789."u8);

    public override void WriteTo(CommandBuffer output, uint opaque) => output.Write("version\r\n"u8);

    protected override ReplyStep OnReply(ReadOnlySpan<byte> line)
    {
        var tokens = new ReplyTokens(line);
        if (!tokens.Next().SequenceEqual("VERSION"u8))
            throw Unexpected();

        // Builds append what they like ("1.6.21-beta1", "1.4.5_4_gaa7839e"), and what cannot be read is taken for old.
        ReadOnlySpan<byte> text = tokens.Next();
        int end = text.IndexOfAnyExcept(DigitsAndDots);
        string number = Encoding.ASCII.GetString(end < 0 ? text : text[..end]);
        return Complete(Version.TryParse(number, out Version? version) ? version : new Version(0, 0));
    }
}
