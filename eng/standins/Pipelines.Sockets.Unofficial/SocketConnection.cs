using System.IO.Pipelines;
using System.Net.Sockets;

namespace Pipelines.Sockets.Unofficial;

/// <summary>A duplex pipe over a connected stream, with one loop that moves bytes each way.</summary>
/// <remarks>
/// The client completes both ends from any thread while others still parse a reply or write a command. Completing an end here
/// therefore never gives its buffers back to the pool, where another connection could fill them; the collector takes them.
/// </remarks>
public sealed class SocketConnection : IMeasuredDuplexPipe, IDisposable
{
    private const int MinimumRead = 4 << 10;

    private readonly Stream _stream;
    private readonly Socket? _socket;
    private readonly ReceivePipeReader _input = new();
    private readonly SendPipeWriter _output;
    private Exception? _fault;
    private int _shutdownKind;

    internal SocketConnection(Stream stream, Socket? socket, PipeOptions? sendOptions)
    {
        _stream = stream;
        _socket = socket;
        _output = new SendPipeWriter(new Pipe(sendOptions ?? PipeOptions.Default));
        ThreadPool.UnsafeQueueUserWorkItem(
            static connection =>
            {
                _ = connection.SendAsync();
                _ = connection.ReceiveAsync();
            },
            this,
            preferLocal: false);
    }

    public PipeReader Input => _input;

    public PipeWriter Output => _output;

    public PipeShutdownKind ShutdownKind => (PipeShutdownKind)Volatile.Read(ref _shutdownKind);

    public SocketError SocketError { get; private set; }

    public long BytesRead { get; private set; }

    public long BytesSent { get; private set; }

    public int LastReceived { get; private set; }

    long IMeasuredDuplexPipe.TotalBytesSent => BytesSent;

    long IMeasuredDuplexPipe.TotalBytesReceived => BytesRead;

    public static SocketConnection Create(
        Socket socket, PipeOptions? sendPipeOptions, PipeOptions? receivePipeOptions, SocketConnectionOptions connectionOptions, string? name)
    {
        _ = (receivePipeOptions, connectionOptions, name);
        return new SocketConnection(new NetworkStream(socket, ownsSocket: true), socket, sendPipeOptions);
    }

    public static void AssertDependencies()
    {
    }

    public static void SetRecommendedClientOptions(Socket socket)
    {
        if (socket.ProtocolType == ProtocolType.Tcp)
            socket.NoDelay = true;
    }

    public Counters GetCounters() => new(AvailableOnSocket(), -1, _output.Written - BytesSent);

    public bool TrySetProtocolShutdown(PipeShutdownKind kind) => Interlocked.CompareExchange(ref _shutdownKind, (int)kind, 0) == 0;

    public void Dispose()
    {
        TrySetProtocolShutdown(PipeShutdownKind.Disposed);
        _input.Complete();
        _output.Complete();
        _stream.Dispose();
    }

    private async Task ReceiveAsync()
    {
        PipeWriter writer = _input.Pipe.Writer;
        try
        {
            while ((LastReceived = await _stream.ReadAsync(writer.GetMemory(MinimumRead)).ConfigureAwait(false)) > 0)
            {
                BytesRead += LastReceived;
                writer.Advance(LastReceived);
                await writer.FlushAsync().ConfigureAwait(false);
            }
            TrySetProtocolShutdown(PipeShutdownKind.ReadEndOfStream);
            await writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception ex)
        {
            await writer.CompleteAsync(Fault(PipeShutdownKind.ReadFault, ex)).ConfigureAwait(false);
        }
    }

    /// <summary>Sends, each time, all that was written while the previous batch was being sent: that merges concurrent callers' commands.</summary>
    private async Task SendAsync()
    {
        PipeReader reader = _output.Pipe.Reader;
        ReadResult batch;
        do
        {
            batch = await reader.ReadAsync().ConfigureAwait(false);
            try
            {
                foreach (ReadOnlyMemory<byte> segment in batch.Buffer)
                {
                    await _stream.WriteAsync(segment).ConfigureAwait(false);
                    BytesSent += segment.Length;
                }
                await _stream.FlushAsync().ConfigureAwait(false);
            }
            catch (Exception ex)
            {
                // The pending read now fails, and the client takes the connection down from there, failing each command as it should.
                // A flush that threw here would race with that, so what is still written is discarded until the client completes the writer.
                Fault(PipeShutdownKind.WriteFault, ex);
                await _stream.DisposeAsync().ConfigureAwait(false);
            }
            reader.AdvanceTo(batch.Buffer.End);
        }
        while (!batch.IsCanceled);
        await reader.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Records a fault unless another came first, and returns the first.</summary>
    private ConnectionResetException Fault(PipeShutdownKind kind, Exception fault)
    {
        Exception first = Interlocked.CompareExchange(ref _fault, fault, null) ?? fault;
        if (TrySetProtocolShutdown(kind) && (first as SocketException ?? first.InnerException as SocketException) is { } error)
            SocketError = error.SocketErrorCode;
        return new ConnectionResetException(first.Message, first);
    }

    private long AvailableOnSocket()
    {
        try
        {
            return _socket?.Available ?? -1;
        }
        catch (Exception ex) when (ex is SocketException or ObjectDisposedException)
        {
            return -1; // The connection was closed meanwhile: unknown.
        }
    }

    public readonly struct Counters(long availableOnSocket, long waitingToBeRead, long waitingToBeSent)
    {
        public long BytesAvailableOnSocket => availableOnSocket;

        public long BytesWaitingToBeRead => waitingToBeRead;

        public long BytesWaitingToBeSent => waitingToBeSent;
    }
}
