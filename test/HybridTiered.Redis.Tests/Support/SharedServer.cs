using HybridTiered.Redis.Connections;
using HybridTiered.TestServers.Redis;

// The one server of all tests that need no control over it. Each test uses key prefixes of its own.
namespace HybridTiered.Redis.Tests;

[SetUpFixture]
public class SharedServer
{
    private static RedisServer? _server;
    private static int _prefixes;

    public static string ConnectionString { get; private set; } = "";

    public static bool IsExternal => _server is null;

    /// <summary>A prefix that nobody else uses.</summary>
    public static string NextPrefix() => $"t{Environment.ProcessId}-{Interlocked.Increment(ref _prefixes)}:";

    public static RedisConnection Connect(string extra = "") => new(ConnectionString + extra);

    [OneTimeSetUp]
    public static async Task Start()
    {
        if (RedisServer.External is { } external)
        {
            ConnectionString = external;
            return;
        }
        _server = await RedisServer.StartAsync();
        ConnectionString = _server.EndPoint;
    }

    [OneTimeTearDown]
    public static async Task Stop()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
