using System.Net;
using System.Net.Sockets;

namespace HybridTiered.TestServers.Processes;

/// <summary>Finds ports that nobody listens on.</summary>
public static class FreePort
{
    // A cluster node listens on its port + 10,000 as well, so the port has to be a low one.
    private const int Lowest = 20_000;
    private const int Highest = 50_000;

    public static int Next()
    {
        while (true)
        {
            int port = Random.Shared.Next(Lowest, Highest);
            if (IsFree(port) && IsFree(port + 10_000))
                return port;
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
