using System.Globalization;
using HybridTiered.Load.Processes;

namespace HybridTiered.Load.OutputCaching;

/// <summary>A page server in a process of its own, and the connections to it.</summary>
internal sealed class PageServerProcess : IDisposable
{
    private readonly ChildProcess _process;
    private readonly HttpClient _client;

    private PageServerProcess(ChildProcess process, Uri address, int connections)
    {
        _process = process;
        Connections = connections;
        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = connections, UseProxy = false, UseCookies = false };
        _client = new HttpClient(handler) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public int Connections { get; }

    public static async Task<PageServerProcess> StartAsync(string store, int size, int connections, CancellationToken cancellationToken)
    {
        var process = ChildProcess.Start(PageServer.VerbName, "--store", store, "--size", size.ToString(CultureInfo.InvariantCulture));
        try
        {
            return new PageServerProcess(process, new Uri(await process.ExpectAsync(PageServer.Ready, cancellationToken)), connections);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    public Task<byte[]> ReadAsync(Uri path, CancellationToken cancellationToken) => _client.GetByteArrayAsync(path, cancellationToken);

    public async Task<PageServerUsage> ReadUsageAsync(CancellationToken cancellationToken)
    {
        string[] usage = (await _client.GetStringAsync(PageServer.UsagePath, cancellationToken)).Split(' ');
        return new PageServerUsage(long.Parse(usage[0], CultureInfo.InvariantCulture), TimeSpan.FromTicks(long.Parse(usage[1], CultureInfo.InvariantCulture)));
    }

    public void Dispose()
    {
        _client.Dispose();
        _process.Dispose();
    }
}
