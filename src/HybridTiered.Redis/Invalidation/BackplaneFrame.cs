using System.Buffers.Text;
using HybridTiered.Invalidation;

namespace HybridTiered.Redis.Invalidation;

/// <summary>
/// What travels on the channel:
/// <code>
/// M, journal id as text, space, message (MessageCodec)     an invalidation
/// P, 16 bytes                                              a probe: whoever sent it learns that its subscription is live; others ignore it
/// </code>
/// </summary>
internal static class BackplaneFrame
{
    /// <summary>The first byte of an invalidation; the script that publishes it writes the same letter.</summary>
    public const string MessageMark = "M";

    private const byte Message = (byte)'M';
    private const byte Probe = (byte)'P';
    private const int ProbeLength = 17;

    public static byte[] CreateProbe(Guid id) => [Probe, .. id.ToByteArray()];

    public static bool TryReadProbe(ReadOnlySpan<byte> frame, out Guid id)
    {
        bool isProbe = frame.Length == ProbeLength && frame[0] == Probe;
        id = isProbe ? new Guid(frame[1..]) : default;
        return isProbe;
    }

    public static bool TryReadMessage(ReadOnlyMemory<byte> frame, out ReceivedInvalidation received)
    {
        received = default;
        ReadOnlySpan<byte> rest = frame.Span;
        if (rest.Length == 0 || rest[0] != Message)
            return false;
        int space = rest.IndexOf((byte)' ');
        if (space < 0 || !TryReadId(rest[1..space], out JournalId id) || !MessageCodec.TryRead(frame[(space + 1)..], out InvalidationMessage? message))
            return false;
        received = new ReceivedInvalidation(id, message);
        return true;
    }

    private static bool TryReadId(ReadOnlySpan<byte> text, out JournalId id)
    {
        id = default;
        if (!Utf8Parser.TryParse(text, out long time, out int length)
            || length >= text.Length
            || text[length] != '-'
            || !Utf8Parser.TryParse(text[(length + 1)..], out long sequence, out int rest)
            || length + 1 + rest != text.Length
            || time < 0 || sequence < 0)
            return false;
        id = new JournalId(time, sequence);
        return true;
    }
}
