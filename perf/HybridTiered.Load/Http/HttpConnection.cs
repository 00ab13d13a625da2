using System.Net;
using System.Net.Sockets;

namespace HybridTiered.Load.Http;

/// <summary>
/// One connection that is kept open, with one request under way at a time and one owner. It does as little per request as a client can, because it takes the
/// processor from what it measures: bytes that were made beforehand go out, and one buffer takes what comes back.
/// </summary>
/// <param name="address">Where to connect; done with the first request, and with the next one after an error.</param>
/// <param name="stop">Ends what is under way.</param>
internal sealed class HttpConnection(EndPoint address, CancellationToken stop) : IDisposable
{
    private const int BufferSize = 4096;

    private CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private byte[] _buffer = new byte[BufferSize];
    private Socket? _socket;

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Sends a request and reads all of its answer, whatever the status.</summary>
    /// <param name="request">The bytes of a request other than HEAD.</param>
    /// <returns>The answer, valid until the next request.</returns>
    /// <exception cref="HttpRequestException">There was no answer in time, or none that makes sense.</exception>
    /// <exception cref="OperationCanceledException">The connection was told to stop.</exception>
    public async ValueTask<HttpAnswer> AskAsync(ReadOnlyMemory<byte> request)
    {
        // That of the last request has passed: while it was under way, or since, as nobody has stopped it.
        if (_deadline.IsCancellationRequested)
        {
            _deadline.Dispose();
            _deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        }
        _deadline.CancelAfter(Timeout);
        bool isAnswered = false;
        try
        {
            Socket socket = _socket ??= await ConnectAsync();
            while (!request.IsEmpty)
                request = request[await socket.SendAsync(request, _deadline.Token)..];
            HttpAnswer answer = await ReceiveAsync(socket);
            isAnswered = answer.Header("Connection"u8) != "close";
            return answer;
        }
        catch (SocketException e)
        {
            throw new HttpRequestException(e.Message, e);
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new HttpRequestException($"There was no answer within {Timeout.TotalSeconds} s.", e);
        }
        finally
        {
            if (!isAnswered)
                Close();
        }
    }

    public void Dispose()
    {
        Close();
        _deadline.Dispose();
    }

    private async ValueTask<HttpAnswer> ReceiveAsync(Socket socket)
    {
        for (int received = 0; ;)
        {
            if (received == _buffer.Length)
                Array.Resize(ref _buffer, 2 * _buffer.Length);
            int count = await socket.ReceiveAsync(_buffer.AsMemory(received), _deadline.Token);
            if (count == 0)
                throw new HttpRequestException($"The connection was closed after {received} bytes of an answer.");
            received += count;
            if (HttpAnswerParser.TryParse(_buffer.AsMemory(0, received), out HttpAnswer answer))
                return answer;
        }
    }

    private async ValueTask<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, _deadline.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }
}
