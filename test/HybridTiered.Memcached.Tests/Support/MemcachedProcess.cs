using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HybridTiered.Memcached.Tests.Support;

/// <summary>A real memcached on a free port of this machine, which can be killed, frozen and started again on the same port.</summary>
internal sealed class MemcachedProcess : IDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(10);

    private readonly string[] _arguments;
    private Process? _process;

    private MemcachedProcess(int port, string[] arguments)
    {
        Port = port;
        _arguments = arguments;
    }

    public int Port { get; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public static async Task<MemcachedProcess> StartAsync(params string[] arguments)
    {
        var server = new MemcachedProcess(FreePort(), arguments);
        await server.StartAgainAsync();
        return server;
    }

    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo("memcached")
        {
            RedirectStandardError = true,
            ArgumentList = { "-l", "127.0.0.1", "-U", "0", "-t", "2", "-u", Environment.UserName, "-p", Port.ToString(CultureInfo.InvariantCulture) },
        };
        foreach (string argument in _arguments)
            start.ArgumentList.Add(argument);
        try
        {
            _process = Process.Start(start);
        }
        catch (Win32Exception fault)
        {
            throw new InvalidOperationException("These tests need memcached 1.6.10 or later: install the package 'memcached'.", fault);
        }
        await UntilItListensAsync();
    }

    public void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    /// <summary>From here on the server accepts and answers nothing, as a hung machine does.</summary>
    public void Freeze() => Signal("STOP");

    public void Thaw() => Signal("CONT");

    public void Dispose() => Kill();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Signal(string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private async Task UntilItListensAsync()
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (waited.Elapsed < StartDeadline && _process is { HasExited: false })
            {
                await Task.Delay(5);
            }
            catch (SocketException fault)
            {
                string reason = _process!.HasExited ? await _process.StandardError.ReadToEndAsync() : "no answer";
                throw new InvalidOperationException($"memcached did not start: {reason}", fault);
            }
        }
    }
}
