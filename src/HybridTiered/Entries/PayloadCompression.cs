using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace HybridTiered.Entries;

/// <summary>Brotli (RFC 7932) for payloads, at the quality that costs about as much time as it saves on the wire.</summary>
internal static class PayloadCompression
{
    private const int Quality = 1;
    private const int Window = 22;

    /// <summary>Compresses a payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="compressed">The compressed bytes, which the caller disposes.</param>
    /// <returns>Whether it has become smaller by at least an eighth; otherwise it is better kept as it is.</returns>
    public static bool TryCompress(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out PooledBufferWriter? compressed)
    {
        int allowed = payload.Length - payload.Length / 8;
        var buffer = new PooledBufferWriter();
        Span<byte> span = buffer.GetSpan(Math.Max(allowed, 1))[..allowed];
        if (BrotliEncoder.TryCompress(payload, span, out int written, Quality, Window))
        {
            buffer.Advance(written);
            compressed = buffer;
            return true;
        }
        buffer.Dispose();
        compressed = null;
        return false;
    }

    /// <summary>
    /// Expands what was compressed. The length that the bytes claim has to be met exactly, and no memory is taken for it before the bytes are there.
    /// </summary>
    public static bool TryExpand(ReadOnlySpan<byte> compressed, long length, long maximum, [NotNullWhen(true)] out byte[]? payload)
    {
        payload = null;
        if (length > maximum)
            return false;
        using var expanded = new PooledBufferWriter();
        using var decoder = default(BrotliDecoder);
        while (true)
        {
            Span<byte> span = expanded.GetSpan();
            OperationStatus status = decoder.Decompress(compressed, span, out int consumed, out int written);
            compressed = compressed[consumed..];
            expanded.Advance(written);
            if (expanded.WrittenCount > length || status is OperationStatus.InvalidData or OperationStatus.NeedMoreData)
                return false;
            if (status == OperationStatus.Done)
                break;
        }
        if (!compressed.IsEmpty || expanded.WrittenCount != length)
            return false;
        payload = expanded.WrittenSpan.ToArray();
        return true;
    }
}
