using System.Buffers;
using System.Text;

namespace HybridTiered.Disk.Storage;

/// <summary>A key in UTF-8, on the caller's stack where it is short.</summary>
internal readonly ref struct EncodedKey
{
    /// <summary>Bytes of stack to offer.</summary>
    public const int ScratchSize = 512;

    // Lone surrogates are refused, because as replacement characters two different keys would become one.
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[]? _rented;

    /// <exception cref="ArgumentException">The key holds a lone surrogate.</exception>
    public EncodedKey(string key, Span<byte> scratch)
    {
        int most = Encoding.GetMaxByteCount(key.Length);
        if (most > scratch.Length)
            scratch = _rented = ArrayPool<byte>.Shared.Rent(most);
        Bytes = scratch[..Encoding.GetBytes(key, scratch)];
    }

    public ReadOnlySpan<byte> Bytes { get; }

    public static string Decode(ReadOnlySpan<byte> bytes) => Encoding.GetString(bytes);

    public void Dispose()
    {
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
    }
}
