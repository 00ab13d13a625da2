using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace HybridTiered.Memcached.Items;

/// <summary>
/// Gives keys the form that Memcached can hold: at most 250 bytes, at least one, without blanks and control characters. Any other key
/// becomes prefix, marker and SHA-256 in base64url. A key that looks like that by itself is hashed too, so the two kinds never meet.
/// </summary>
internal sealed class ItemKeys
{
    public const int MaximumWireBytes = 250;

    private const byte HashMarker = (byte)'#';

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly SearchValues<byte> Forbidden = SearchValues.Create([.. Enumerable.Range(0, 0x21).Select(b => (byte)b), 0x7F]);

    private readonly byte[] _prefix;

    public ItemKeys(string prefix) => _prefix = StrictUtf8.GetBytes(prefix);

    public static bool IsValidPrefix(string prefix, int maximumBytes)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(prefix);
        return bytes.Length <= maximumBytes && !bytes.AsSpan().ContainsAny(Forbidden) && Encoding.UTF8.GetString(bytes) == prefix;
    }

    public ItemKey Create(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var full = new byte[_prefix.Length + StrictUtf8.GetByteCount(key)];
        _prefix.CopyTo(full, 0);
        StrictUtf8.GetBytes(key, full.AsSpan(_prefix.Length));
        return IsHoldable(full) ? new ItemKey(full, full) : new ItemKey(full, HashedForm(full));
    }

    private bool IsHoldable(byte[] full) =>
        full.Length is > 0 and <= MaximumWireBytes
        && !(full.Length > _prefix.Length && full[_prefix.Length] == HashMarker)
        && !full.AsSpan().ContainsAny(Forbidden);

    private byte[] HashedForm(byte[] full)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(full, hash);
        var wire = new byte[_prefix.Length + 1 + Base64Url.GetEncodedLength(hash.Length)];
        _prefix.CopyTo(wire, 0);
        wire[_prefix.Length] = HashMarker;
        Base64Url.EncodeToUtf8(hash, wire.AsSpan(_prefix.Length + 1));
        return wire;
    }
}
