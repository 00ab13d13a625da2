using System.Net;
using System.Net.Sockets;
using HybridTiered.TestServers.Processes;

namespace HybridTiered.TestServers.Redis;

/// <summary>A Redis server of our own on a free port, with a temporary directory. Unless told otherwise it persists nothing: a restart loses the data.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    /// <summary>The environment variable that names a running server, for tests that need no control over it.</summary>
    public const string ConnectionStringVariable = "HYBRIDTIERED_REDIS";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hybridtiered-redis-");
    private readonly RedisServerOptions _options;
    private readonly TlsCertificate? _certificate;
    private ServerProcess? _process;

    private RedisServer(RedisServerOptions options, int port)
    {
        _options = options;
        _certificate = options.Tls ? TlsCertificate.Create(_directory.FullName) : null;
        Port = port;
    }

    public int Port { get; }

    public string EndPoint => $"127.0.0.1:{Port}";

    /// <summary>The certificate of a server with TLS, as a file to trust.</summary>
    public string CertificateFile => _certificate?.CertificateFile ?? throw new InvalidOperationException("This server does not speak TLS.");

    private ServerProcess Running => _process ?? throw new InvalidOperationException("The server is not running.");

    /// <summary>The connection string of the server in <see cref="ConnectionStringVariable"/>, or <see langword="null"/>.</summary>
    public static string? External => Environment.GetEnvironmentVariable(ConnectionStringVariable) is { Length: > 0 } value ? value : null;

    public static Task<RedisServer> StartAsync(params string[] arguments) => StartAsync(new RedisServerOptions { Arguments = arguments });

    public static Task<RedisServer> StartAsync(RedisServerOptions options) => FreePort.UseAsync(async port =>
    {
        var server = new RedisServer(options, port);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    });

    /// <summary>A server that has its port but does not run yet.</summary>
    public static RedisServer Prepare(RedisServerOptions? options = null) => new(options ?? new RedisServerOptions(), FreePort.Next());

    /// <summary>Starts the server, again if need be, on the same port; returns when it takes connections.</summary>
    public async Task StartAsync()
    {
        RedisExecutable executable = RedisExecutable.Find(_directory.FullName);
        _process?.Dispose();
        _process = new ServerProcess(executable.File, [.. executable.LeadingArguments, .. Arguments()]);
        await Eventually.TrueAsync(
            async () => Running.HasExited ? throw Running.DidNotStart("redis-server", Port) : await AnswersAsync(),
            $"redis-server takes connections on port {Port}");
    }

    /// <summary>Ends the server in its own way (SIGTERM).</summary>
    public void Stop() => Running.Stop();

    /// <summary>Ends the server at once (SIGKILL).</summary>
    public void Kill() => Running.Kill();

    /// <summary>Freezes the server (SIGSTOP): connections stay, answers do not come.</summary>
    public void Suspend() => Running.Suspend();

    /// <summary>Lets a frozen server go on (SIGCONT).</summary>
    public void Resume() => Running.Resume();

    /// <summary>Sends one command on a connection of its own, without TLS or password, and returns the first line of the answer.</summary>
    public async Task<string> CommandAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        using NetworkStream stream = client.GetStream();
        using var writer = new StreamWriter(stream) { NewLine = "\r\n", AutoFlush = true };
        using var reader = new StreamReader(stream);
        await writer.WriteLineAsync(command);
        return await reader.ReadLineAsync() ?? throw new IOException("The server closed the connection.");
    }

    /// <summary>Makes it follow another server, and returns when it has what that one has.</summary>
    public async Task FollowAsync(RedisServer primary)
    {
        await CommandAsync($"REPLICAOF 127.0.0.1 {primary.Port}");
        await Eventually.TrueAsync(async () => await primary.CommandAsync("WAIT 1 100") == ":1", $"server {Port} follows {primary.Port}");
    }

    /// <summary>Makes it a server in its own right.</summary>
    public Task PromoteAsync() => CommandAsync("REPLICAOF NO ONE");

    public ValueTask DisposeAsync()
    {
        _process?.Dispose();
        _directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private IEnumerable<string> Arguments() =>
    [
        "--bind", "127.0.0.1",
        "--dir", _directory.FullName,
        "--save", "",
        .. _options.AppendOnly ? ["--appendonly", "yes", "--appendfsync", "always"] : (string[])["--appendonly", "no"],
        .. _certificate is null
            ? ["--port", $"{Port}"]
            : (string[])["--port", "0", "--tls-port", $"{Port}", "--tls-auth-clients", "no",
                "--tls-cert-file", _certificate.CertificateFile, "--tls-key-file", _certificate.KeyFile, "--tls-ca-cert-file", _certificate.CertificateFile],
        .. _options.ClusterNode ? ["--cluster-enabled", "yes", "--cluster-node-timeout", "5000"] : (string[])[],
        .. _options.Arguments,
    ];

    private async Task<bool> AnswersAsync()
    {
        try
        {
            if (_certificate is null)
                return await CommandAsync("PING") is not ['-', 'L', 'O', 'A', 'D', ..];
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (Exception ex) when (ex is SocketException or IOException)
        {
            return false; // Not yet: it is being started.
        }
    }
}
