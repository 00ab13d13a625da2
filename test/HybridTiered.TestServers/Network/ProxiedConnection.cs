using System.Net;
using System.Net.Sockets;

namespace HybridTiered.TestServers.Network;

/// <summary>One connection of a client through a <see cref="TcpProxy"/>.</summary>
internal sealed class ProxiedConnection(TcpProxy proxy, Socket client, int target)
{
    private const int BufferSize = 64 * 1024;

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private volatile bool _subscribes;

    /// <summary>Passes on what either side sends until one of them is gone.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            client.NoDelay = _server.NoDelay = true;
            await _server.ConnectAsync(IPAddress.Loopback, target, end.Token);
            await Task.WhenAny(PassRequestsAsync(end.Token), PassRepliesAsync(end.Token));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The server is away: so is this connection.
        }
        await end.CancelAsync();
        client.Dispose();
        _server.Dispose();
    }

    private async Task PassRequestsAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferSize];
        try
        {
            while (await client.ReceiveAsync(buffer, cancellationToken) is > 0 and int count)
            {
                _subscribes |= buffer.AsSpan(0, count).IndexOf("SUBSCRIBE"u8) >= 0;
                await SendAsync(_server, buffer.AsMemory(0, count), cancellationToken);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever it was that went, the other side is told by the end of the connection.
        }
    }

    private async Task PassRepliesAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferSize];
        try
        {
            while (await _server.ReceiveAsync(buffer, cancellationToken) is > 0 and int count)
            {
                (TrafficFault fault, int number) = _subscribes ? proxy.Choose() : default;
                if (!await PassAsync(buffer.AsMemory(0, count), fault, number, cancellationToken))
                    return;
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // As above.
        }
    }

    /// <returns>Whether the connection goes on.</returns>
    private async Task<bool> PassAsync(ReadOnlyMemory<byte> piece, TrafficFault fault, int number, CancellationToken cancellationToken)
    {
        int cut = number % piece.Length;
        switch (fault)
        {
            case TrafficFault.Swallow:
                return true;
            case TrafficFault.Drop:
                await SendAsync(client, piece[..cut], cancellationToken);
                return true;
            case TrafficFault.Truncate:
                await SendAsync(client, piece[..cut], cancellationToken);
                return false;
            case TrafficFault.Duplicate:
                await SendAsync(client, piece, cancellationToken);
                await SendAsync(client, piece[cut..], cancellationToken);
                return true;
            case TrafficFault.Delay:
                await Task.Delay(proxy.Delay, cancellationToken);
                await SendAsync(client, piece, cancellationToken);
                return true;
            default:
                await SendAsync(client, piece, cancellationToken);
                return true;
        }
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken)..];
    }
}
