using System.Net;
using System.Net.Sockets;
using HybridTiered.TestServers.Processes;

namespace HybridTiered.TestServers.Network;

/// <summary>
/// Stands between clients and a server on this machine and, when told to, damages what the server sends on connections that subscribe. Commands, and the
/// connections that only send commands, pass unharmed.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly int _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Random _random;
    private readonly Task _accepting;
    private volatile TrafficFault _fault;

    private TcpProxy(TcpListener listener, int target, int seed)
    {
        _listener = listener;
        _target = target;
        _random = new Random(seed);
        _accepting = AcceptAsync();
    }

    public string EndPoint => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>What happens to what the server sends to subscribers.</summary>
    public TrafficFault Fault
    {
        get => _fault;
        set => _fault = value;
    }

    /// <summary>Of how many pieces one is damaged, on average. Delays concern all.</summary>
    public int OneIn { get; set; } = 4;

    /// <summary>How late delayed bytes are.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How many pieces were damaged or delayed so far.</summary>
    public long Damaged { get; private set; }

    /// <summary>Starts a proxy on a free port.</summary>
    /// <param name="target">The port of the server.</param>
    /// <param name="seed">Of the choice of what is damaged.</param>
    public static async Task<TcpProxy> StartAsync(int target, int seed) => await FreePort.UseAsync(port =>
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new PortTakenException($"port {port}: {e.Message}");
        }
        return Task.FromResult(new TcpProxy(listener, target, seed));
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    /// <summary>What is to happen to the next piece, and a number to do it with.</summary>
    internal (TrafficFault Fault, int Number) Choose()
    {
        TrafficFault fault = _fault;
        if (fault == TrafficFault.None)
            return default;
        lock (_lock)
        {
            if (fault != TrafficFault.Delay && _random.Next(OneIn) != 0)
                return default;
            Damaged++;
            return (fault, _random.Next());
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_stop.Token);
                _ = new ProxiedConnection(this, client, _target).RunAsync(_stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy ends.
        }
    }
}
