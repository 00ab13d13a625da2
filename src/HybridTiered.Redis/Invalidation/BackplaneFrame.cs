using System.Buffers.Text;
using HybridTiered.Invalidation;

namespace HybridTiered.Redis.Invalidation;

/// <summary>
/// What travels on the channel:
/// <code>
/// M, journal id as text, space, id of the entry before it (0-0 if there is none), space, message (MessageCodec)
///                    an invalidation
/// P, 16 bytes        a probe: whoever sent it learns that its subscription is live; others ignore it
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
        rest = rest[1..];
        if (!TryReadId(ref rest, out JournalId id)
            || !TryReadId(ref rest, out JournalId previous)
            || previous >= id
            || !MessageCodec.TryRead(frame[^rest.Length..], out InvalidationMessage? message))
            return false;
        received = new ReceivedInvalidation(id, message, previous);
        return true;
    }

    // An id and the space behind it.
    private static bool TryReadId(ref ReadOnlySpan<byte> rest, out JournalId id)
    {
        id = default;
        if (!TryReadNumber(ref rest, (byte)'-', out long time) || !TryReadNumber(ref rest, (byte)' ', out long sequence))
            return false;
        id = new JournalId(time, sequence);
        return true;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> rest, byte end, out long number)
    {
        if (!Utf8Parser.TryParse(rest, out number, out int length) || number < 0 || length >= rest.Length || rest[length] != end)
            return false;
        rest = rest[(length + 1)..];
        return true;
    }
}
