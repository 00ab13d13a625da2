using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HybridTiered.TestServers.Processes;

namespace HybridTiered.TestServers.Memcached;

/// <summary>A memcached of our own on a free port, which can be killed, frozen and started again on the same port.</summary>
public sealed class MemcachedServer : IDisposable
{
    private readonly string[] _arguments;
    private ServerProcess? _process;

    private MemcachedServer(int port, string[] arguments)
    {
        Port = port;
        _arguments = arguments;
    }

    public int Port { get; }

    public string EndPoint => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    private ServerProcess Running => _process ?? throw new InvalidOperationException("The server is not running.");

    public static Task<MemcachedServer> StartAsync(params string[] arguments) => FreePort.UseAsync(async port =>
    {
        var server = new MemcachedServer(port, arguments);
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    });

    /// <summary>Starts the server on its port; returns when it takes connections.</summary>
    /// <exception cref="PortTakenException">Another program listens on the port.</exception>
    public async Task StartAgainAsync()
    {
        string port = Port.ToString(CultureInfo.InvariantCulture);
        try
        {
            _process = new ServerProcess("memcached", ["-l", "127.0.0.1", "-U", "0", "-t", "2", "-u", Environment.UserName, "-p", port, .. _arguments]);
        }
        catch (Win32Exception fault)
        {
            throw new InvalidOperationException("These tests need memcached 1.6.10 or later: install the package 'memcached'.", fault);
        }
        await Eventually.TrueAsync(
            async () => Running.HasExited ? throw Running.DidNotStart("memcached", Port) : await ListensAsync(),
            $"memcached takes connections on port {port}");
    }

    public void Kill()
    {
        _process?.Dispose();
        _process = null;
    }

    /// <summary>From here on the server accepts and answers nothing, as a hung machine does.</summary>
    public void Freeze() => Running.Suspend();

    public void Thaw() => Running.Resume();

    public void Dispose() => Kill();

    private async Task<bool> ListensAsync()
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false; // Not yet: it is being started.
        }
    }
}
