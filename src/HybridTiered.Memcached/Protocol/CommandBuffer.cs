using System.Buffers.Text;

namespace HybridTiered.Memcached.Protocol;

/// <summary>Commands on their way to a server, in the order in which their answers will come.</summary>
internal sealed class CommandBuffer
{
    private const int InitialCapacity = 16 * 1024;
    private const int KeptCapacity = 256 * 1024;
    private const int LongestNumber = 20;

    private byte[] _bytes = new byte[InitialCapacity];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public CommandBuffer Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
        return this;
    }

    public CommandBuffer Write(ulong number)
    {
        Utf8Formatter.TryFormat(number, Reserve(LongestNumber), out int written);
        Length += written;
        return this;
    }

    public CommandBuffer Write(long number) => Write((ulong)number);

    /// <summary>Takes back what was written after <paramref name="length"/>.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Forgets what was sent, and an array that one large item made grow.</summary>
    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptCapacity)
            _bytes = new byte[InitialCapacity];
    }

    private Span<byte> Reserve(int more)
    {
        if (_bytes.Length - Length < more)
            Array.Resize(ref _bytes, Math.Max(Length + more, _bytes.Length * 2));
        return _bytes.AsSpan(Length);
    }
}
