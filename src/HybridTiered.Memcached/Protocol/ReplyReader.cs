using System.Buffers;
using System.Net.Sockets;

namespace HybridTiered.Memcached.Protocol;

/// <summary>
/// Reads lines and data blocks from a connection. What the server announces never decides how much memory is taken: a block's buffer grows
/// with the bytes that have arrived, to at most twice their number.
/// </summary>
internal sealed class ReplyReader(Func<Memory<byte>, ValueTask<int>> receive)
{
    private const int BufferSize = 32 * 1024;
    private const int MaximumLine = 8 * 1024;
    private const int TerminatorLength = 2;

    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;

    public ReplyReader(Socket socket)
        : this(memory => socket.ReceiveAsync(memory))
    {
    }

    /// <summary>Reads one line.</summary>
    /// <returns>The line without its end, valid until the next read.</returns>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    /// <exception cref="MemcachedProtocolException">The line is too long or ends in a bare line feed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadLineAsync()
    {
        int searched = 0;
        while (true)
        {
            int feed = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                int length = searched + feed;
                if (length == 0 || _buffer[_start + length - 1] != '\r')
                    throw new MemcachedProtocolException("A line did not end in CR LF.");
                ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, length - 1);
                _start += length + 1;
                return line;
            }
            searched = _end - _start;
            if (searched > MaximumLine)
                throw new MemcachedProtocolException($"A line is longer than {MaximumLine} bytes.");
            await FillAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reads the answer to a command to its end.</summary>
    /// <param name="command">The command.</param>
    /// <param name="line">The first line of the answer.</param>
    /// <param name="blockLimit">The longest data block that is believed, in bytes.</param>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    /// <exception cref="MemcachedProtocolException">This is no answer to the command.</exception>
    public async ValueTask ReadAnswerAsync(PendingCommand command, ReadOnlyMemory<byte> line, long blockLimit)
    {
        ReplyStep step = command.OnLine(line.Span);
        while (step != ReplyStep.Done)
        {
            if (step == ReplyStep.Line)
                step = command.OnLine((await ReadLineAsync().ConfigureAwait(false)).Span);
            else if (command.BlockLength <= blockLimit)
                step = command.OnBlock(await ReadBlockAsync(command.BlockLength).ConfigureAwait(false));
            else
                throw new MemcachedProtocolException(
                    $"An item of {command.BlockLength} bytes was announced, above {nameof(MemcachedTierOptions.MaximumItemBytes)}.");
        }
    }

    /// <summary>Reads a data block with its end.</summary>
    /// <param name="length">What the server announced, checked against the limit by the caller.</param>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    /// <exception cref="MemcachedProtocolException">The block does not end where it was announced to.</exception>
    public async ValueTask<RentedBytes> ReadBlockAsync(int length)
    {
        int filled = Math.Min(_end - _start, length);
        byte[] block = ArrayPool<byte>.Shared.Rent(filled);
        try
        {
            Take(block.AsSpan(0, filled));
            while (filled < length)
            {
                if (filled == block.Length || block.Length < BufferSize)
                    block = Grow(block, filled, (int)Math.Min(length, Math.Max(BufferSize, 2L * filled)));
                int received = await receive(block.AsMemory(filled, Math.Min(block.Length, length) - filled)).ConfigureAwait(false);
                filled += AtLeastOne(received);
            }
            while (_end - _start < TerminatorLength)
                await FillAsync().ConfigureAwait(false);
            if (!_buffer.AsSpan(_start, TerminatorLength).SequenceEqual("\r\n"u8))
                throw new MemcachedProtocolException("A data block did not end where it was announced to.");
            _start += TerminatorLength;
            return new RentedBytes(block, length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(block);
            throw;
        }
    }

    private static byte[] Grow(byte[] block, int filled, int size)
    {
        if (size <= block.Length)
            return block;
        byte[] larger = ArrayPool<byte>.Shared.Rent(size);
        block.AsSpan(0, filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(block);
        return larger;
    }

    private static int AtLeastOne(int received) =>
        received > 0 ? received : throw new EndOfStreamException("The server closed the connection.");

    private void Take(Span<byte> destination)
    {
        _buffer.AsSpan(_start, destination.Length).CopyTo(destination);
        _start += destination.Length;
    }

    private async ValueTask FillAsync()
    {
        if (_start == _end)
            _start = _end = 0;
        else if (_end == _buffer.Length)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        _end += AtLeastOne(await receive(_buffer.AsMemory(_end)).ConfigureAwait(false));
    }
}
