using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace HybridTiered.Redis.Connections;

/// <summary>
/// Finds out at once that nobody listens where Redis should be. The first attempt of StackExchange.Redis can take its whole connect timeout (5 s by default) for that, as
/// it waits for a failure that has happened before it began to wait, and callers would wait with it.
/// </summary>
internal static class RefusalProbe
{
    // Where no answer came by then, the client is let try: a host that is far away, or one that drops packets.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    /// <summary>Tries to reach every end point, and returns as soon as one answers, or after a short while.</summary>
    /// <exception cref="RedisConnectionException">Every end point refused.</exception>
    public static async Task ThrowIfNobodyListensAsync(ConfigurationOptions settings, TimeProvider time)
    {
        // What is reached in a way of its own can only be tried in that way.
        if (settings.Tunnel is not null || settings.EndPoints.Count == 0 || !settings.EndPoints.All(HasPort))
            return;

        using var timeout = new CancellationTokenSource(Patience, time);
        List<Task<SocketException?>> refusals = [.. settings.EndPoints.Select(endPoint => FindRefusalAsync(endPoint, timeout.Token))];
        SocketException? last = null;
        while (refusals.Count > 0)
        {
            Task<SocketException?> first = await Task.WhenAny(refusals).ConfigureAwait(false);
            refusals.Remove(first);
            if (await first.ConfigureAwait(false) is not { } refusal)
            {
                await timeout.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(refusals).ConfigureAwait(false);
                return;
            }
            last = refusal;
        }
        throw new RedisConnectionException(
            ConnectionFailureType.UnableToConnect, $"None of the {settings.EndPoints.Count} Redis end points can be reached: {last!.Message}. Is the server running?", last);
    }

    // Null where somebody listens, or nobody knows yet. Told by an event, because an attempt that is awaited gives its exception a stack, read from the symbols, which takes
    // the first callers of an application longer than all the rest of a refusal.
    private static async Task<SocketException?> FindRefusalAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var attempt = new SocketAsyncEventArgs { RemoteEndPoint = endPoint };
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        attempt.Completed += (_, _) => ended.SetResult();
        if (socket.ConnectAsync(attempt))
        {
            using CancellationTokenRegistration cancellation = cancellationToken.UnsafeRegister(
                static state => Socket.CancelConnectAsync((SocketAsyncEventArgs)state!), attempt);
            await ended.Task.ConfigureAwait(false);
        }
        return attempt.SocketError is SocketError.Success or SocketError.OperationAborted ? null : new SocketException((int)attempt.SocketError);
    }

    // Without a port the client chooses one by what the server is.
    private static bool HasPort(EndPoint endPoint) => endPoint is IPEndPoint { Port: > 0 } or DnsEndPoint { Port: > 0 };
}
