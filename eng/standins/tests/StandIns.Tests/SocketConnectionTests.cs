using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace StandIns.Tests;

[TestFixture]
[Category("Unit")]
[CancelAfter(30_000)]
public class SocketConnectionTests
{
    private Socket _peer = null!;
    private SocketConnection _connection = null!;

    [SetUp]
    public async Task Connect()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint);
        SocketConnection.SetRecommendedClientOptions(socket);
        _peer = await listener.AcceptSocketAsync();
        _connection = SocketConnection.Create(socket, PipeOptions.Default, PipeOptions.Default, SocketConnectionOptions.None, "test");
    }

    [TearDown]
    public void Disconnect()
    {
        _connection.Dispose();
        _peer.Dispose();
    }

    [Test]
    public async Task Bytes_travel_both_ways_in_order_and_are_counted(CancellationToken cancellationToken)
    {
        byte[] sent = Bytes(3 << 20);
        Task<byte[]> echo = ReceiveExactlyAsync(sent.Length, cancellationToken);

        await _connection.Output.WriteAsync(sent, cancellationToken);
        byte[] received = await echo;
        Task reply = SendAsync(received, cancellationToken);
        byte[] back = await ReadExactlyAsync(received.Length, cancellationToken);
        await reply;

        Assert.That(back.AsSpan().SequenceEqual(sent), Is.True);
        Assert.That(_connection.BytesSent, Is.EqualTo(sent.Length));
        Assert.That(_connection.BytesRead, Is.EqualTo(sent.Length));
        Assert.That(_connection.GetCounters().BytesWaitingToBeSent, Is.Zero);
    }

    [Test]
    public async Task Reply_longer_than_the_bound_passes_when_the_parser_examines_without_consuming(CancellationToken cancellationToken)
    {
        byte[] sent = Bytes(40 << 20);
        Task sending = SendAsync(sent, cancellationToken);

        byte[] received = await ReadExactlyAsync(sent.Length, cancellationToken);
        await sending;

        Assert.That(received.AsSpan().SequenceEqual(sent), Is.True);
    }

    [Test]
    public async Task End_of_stream_completes_the_reader_and_is_the_reason_of_the_shutdown(CancellationToken cancellationToken)
    {
        _peer.Shutdown(SocketShutdown.Send);

        ReadResult read = await _connection.Input.ReadAsync(cancellationToken);

        Assert.That(read.IsCompleted, Is.True);
        Assert.That(_connection.ShutdownKind, Is.EqualTo(PipeShutdownKind.ReadEndOfStream));
        Assert.That(_connection.TrySetProtocolShutdown(PipeShutdownKind.ProtocolExitClient), Is.False);
    }

    [Test]
    public void Reset_faults_the_reader_with_the_exception_that_the_client_catches(CancellationToken cancellationToken)
    {
        _peer.LingerState = new LingerOption(true, 0);
        _peer.Close();

        Assert.That(async () => await _connection.Input.ReadAsync(cancellationToken), Throws.TypeOf<ConnectionResetException>());
        Assert.That(_connection.ShutdownKind, Is.EqualTo(PipeShutdownKind.ReadFault));
        Assert.That(_connection.SocketError, Is.EqualTo(SocketError.ConnectionReset));
    }

    [Test]
    public async Task Failed_send_never_shows_in_a_flush(CancellationToken cancellationToken)
    {
        _peer.LingerState = new LingerOption(true, 0);
        _peer.Close();
        Assert.That(async () => await _connection.Input.ReadAsync(cancellationToken), Throws.TypeOf<ConnectionResetException>());

        for (int i = 0; i < 100; i++)
            await _connection.Output.WriteAsync(new byte[4096], cancellationToken);

        await _connection.Output.CompleteAsync();
        Assert.That(async () => await _connection.Output.FlushAsync(cancellationToken), Throws.TypeOf<InvalidOperationException>());
    }

    [Test]
    public async Task Completing_the_reader_leaves_the_buffers_that_a_parser_still_reads_untouched(CancellationToken cancellationToken)
    {
        byte[] sent = Bytes(32 << 10);
        await SendAsync(sent, cancellationToken);
        ReadResult read = await _connection.Input.ReadAtLeastAsync(sent.Length, cancellationToken);

        await _connection.Input.CompleteAsync();
        for (int i = 0; i < 64; i++)
        {
            byte[] rented = ArrayPool<byte>.Shared.Rent(64 << 10);
            rented.AsSpan().Fill(0xEE);
            MemoryPool<byte>.Shared.Rent(64 << 10).Memory.Span.Fill(0xEE);
        }

        Assert.That(read.Buffer.ToArray().AsSpan().SequenceEqual(sent), Is.True);
        Assert.That(async () => await _connection.Input.ReadAsync(cancellationToken), Throws.TypeOf<InvalidOperationException>());
    }

    [Test]
    public async Task Completing_the_writer_sends_what_was_flushed_before(CancellationToken cancellationToken)
    {
        byte[] sent = Bytes(100_000);
        await _connection.Output.WriteAsync(sent, cancellationToken);

        await _connection.Output.CompleteAsync();

        Assert.That((await ReceiveExactlyAsync(sent.Length, cancellationToken)).AsSpan().SequenceEqual(sent), Is.True);
    }

    [Test]
    public async Task Pipe_over_a_stream_behaves_like_one_over_a_socket(CancellationToken cancellationToken)
    {
        byte[] sent = Bytes(10_000);
        IDuplexPipe pipe = StreamConnection.GetDuplex(new MemoryStream(sent), null, null, "test");

        ReadResult read = await pipe.Input.ReadAtLeastAsync(sent.Length, cancellationToken);

        Assert.That(read.Buffer.ToArray().AsSpan().SequenceEqual(sent), Is.True);
        Assert.That(((IMeasuredDuplexPipe)pipe).TotalBytesReceived, Is.EqualTo(sent.Length));
        ((IDisposable)pipe).Dispose();
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Reads as the client does: an incomplete reply is looked at, not consumed.</summary>
    private async Task<byte[]> ReadExactlyAsync(int length, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await _connection.Input.ReadAsync(cancellationToken);
            if (read.Buffer.Length >= length)
            {
                byte[] bytes = read.Buffer.ToArray();
                _connection.Input.AdvanceTo(read.Buffer.End);
                return bytes;
            }
            _connection.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private async Task<byte[]> ReceiveExactlyAsync(int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        for (int received = 0; received < length;)
            received += await _peer.ReceiveAsync(bytes.AsMemory(received), cancellationToken);
        return bytes;
    }

    private async Task SendAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        for (int sent = 0; sent < bytes.Length;)
            sent += await _peer.SendAsync(bytes.AsMemory(sent), cancellationToken);
    }
}
