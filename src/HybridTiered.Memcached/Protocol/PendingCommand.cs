namespace HybridTiered.Memcached.Protocol;

/// <summary>
/// A command and the caller who waits for its answer. The connection alone calls these members, one at a time, except <see cref="Fail"/>,
/// which may come from anywhere. The answer is read to its end even when nobody waits any more, so the stream stays in step.
/// </summary>
internal abstract class PendingCommand
{
    private static ReadOnlySpan<byte> ErrorWord => "ERROR"u8;

    private static ReadOnlySpan<byte> ClientErrorWord => "CLIENT_ERROR "u8;

    private static ReadOnlySpan<byte> ServerErrorWord => "SERVER_ERROR "u8;

    /// <summary>When the command was handed over, as a timestamp of the tier's clock.</summary>
    public long SentAt { get; set; }

    /// <summary>The length of the block that follows, after <see cref="ReplyStep.Block"/>.</summary>
    public int BlockLength { get; protected set; }

    /// <summary>Whether one line answers the command, so that an error in its place answers it too and what comes next is the next
    /// command's.</summary>
    protected virtual bool OneErrorIsTheAnswer => true;

    /// <summary>Writes the command.</summary>
    /// <param name="output">The connection's commands.</param>
    /// <param name="opaque">The first of the numbers reserved for this command, by which the server's answers are told apart.</param>
    public abstract void WriteTo(CommandBuffer output, uint opaque);

    /// <summary>How many numbers the command needs.</summary>
    public virtual uint OpaqueCount => 1;

    /// <summary>Takes a line of the answer.</summary>
    /// <exception cref="MemcachedProtocolException">No server answers this to the command: the connection has to be closed.</exception>
    public ReplyStep OnLine(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith(ServerErrorWord) && OneErrorIsTheAnswer)
        {
            Fail(ServerFault(Readable(line[ServerErrorWord.Length..])));
            return ReplyStep.Done;
        }
        if (line.SequenceEqual(ErrorWord))
            return OnUnknownCommand();
        if (line.StartsWith(ErrorWord) || line.StartsWith(ClientErrorWord) || line.StartsWith(ServerErrorWord))
            throw new MemcachedProtocolException($"The server answered '{Readable(line)}'.");
        return OnReply(line);
    }

    /// <summary>Takes the data block that the last line announced.</summary>
    public virtual ReplyStep OnBlock(RentedBytes block)
    {
        block.Dispose();
        throw new InvalidOperationException("No block was asked for.");
    }

    /// <summary>Ends the wait with a fault, unless it has ended.</summary>
    public abstract void Fail(Exception fault);

    protected abstract ReplyStep OnReply(ReadOnlySpan<byte> line);

    /// <summary>Takes the answer of a server or proxy that does not know the command.</summary>
    protected virtual ReplyStep OnUnknownCommand() => throw new MemcachedProtocolException("The server does not know a command.");

    protected virtual Exception ServerFault(string message) => new MemcachedServerException($"The server answered '{message}'.");

    protected static MemcachedProtocolException Unexpected() => new("The server sent an answer to another question.");

    private static string Readable(ReadOnlySpan<byte> line)
    {
        const int Enough = 100;
        Span<char> text = stackalloc char[Math.Min(line.Length, Enough)];
        for (int i = 0; i < text.Length; i++)
            text[i] = line[i] is >= 0x20 and < 0x7F ? (char)line[i] : '?';
        return new string(text);
    }
}
