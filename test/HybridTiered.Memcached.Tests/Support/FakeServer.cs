using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace HybridTiered.Memcached.Tests.Support;

/// <summary>
/// A server in this process that answers what a test tells it to. It opens connections like a memcached of the given version; every line
/// that comes after that is the test's to read and to answer.
/// </summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Channel<Socket> _opened = Channel.CreateUnbounded<Socket>();
    private readonly string _version;
    private readonly Task _accepting;

    public FakeServer(string version = "1.6.18")
    {
        _version = version;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Answers a line at once; what it returns <see langword="null"/> for is left to <see cref="LineAsync"/>.</summary>
    public Func<string, byte[]?> Answer { get; set; } = _ => null;

    public string StatisticsText { get; set; } = "STAT pid 1\r\nEND\r\n";

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>The next line that was received and not answered.</summary>
    public async Task<string> LineAsync() => await _lines.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>The next connection that was opened.</summary>
    public async Task<Socket> ConnectionAsync() => await _opened.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    public static async Task SendAsync(Socket connection, string text) => await connection.SendAsync(Encoding.Latin1.GetBytes(text), SocketFlags.None);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        _opened.Writer.TryComplete();
        await foreach (Socket connection in _opened.Reader.ReadAllAsync())
            connection.Dispose();
        await _accepting;
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync()));
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The listener was stopped.
        }
        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket connection)
    {
        using (connection)
        {
            connection.NoDelay = true;
            try
            {
                using var reader = new StreamReader(new NetworkStream(connection), Encoding.Latin1);
                while (await reader.ReadLineAsync() is { } line)
                {
                    if (line == "version")
                        await SendAsync(connection, $"VERSION {_version}\r\n");
                    else if (line == "stats")
                    {
                        await SendAsync(connection, StatisticsText);
                        _opened.Writer.TryWrite(connection);
                    }
                    else if (Answer(line) is { } answer)
                        await connection.SendAsync(answer, SocketFlags.None);
                    else
                        _lines.Writer.TryWrite(line);
                }
            }
            catch (Exception closed) when (closed is IOException or SocketException or ObjectDisposedException)
            {
                // The other side closed, or the test did.
            }
        }
    }
}
