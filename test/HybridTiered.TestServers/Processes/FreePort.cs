using System.Net;
using System.Net.Sockets;

namespace HybridTiered.TestServers.Processes;

/// <summary>Finds ports that nobody listens on.</summary>
public static class FreePort
{
    // Below the ports that systems give to outgoing connections (Linux: 32768 and up): a client that tries again and again to reach a
    // server that is down would otherwise be given the server's own port some day. A cluster node listens on its port + 10,000 as well.
    private const int Lowest = 10_000;
    private const int Highest = 22_000;
    private const int Attempts = 5;

    public static int Next()
    {
        while (true)
        {
            int port = Random.Shared.Next(Lowest, Highest);
            if (IsFree(port) && IsFree(port + 10_000))
                return port;
        }
    }

    /// <summary>Starts a server on a free port, and on another one if somebody takes the port before the server does.</summary>
    public static async Task<T> UseAsync<T>(Func<int, Task<T>> start)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await start(Next());
            }
            catch (PortTakenException) when (attempt < Attempts)
            {
                // The next port may be luckier.
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false; // That is the answer.
        }
    }
}
