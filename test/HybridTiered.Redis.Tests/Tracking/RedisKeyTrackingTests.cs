using System.Threading.Channels;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Tracking;
using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Tracking;

[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class RedisKeyTrackingTests
{
    private const string Everything = "<everything>";

    private RedisServer _server = null!;
    private RedisConnection _connection = null!;
    private Channel<string> _reported = null!;

    [SetUp]
    public async Task StartServer()
    {
        _server = await RedisServer.StartAsync();
        _connection = new RedisConnection(_server.EndPoint);
        _reported = Channel.CreateUnbounded<string>();
    }

    [TearDown]
    public async Task StopServer()
    {
        await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Keys_that_any_client_writes_or_removes_are_reported_without_the_instance_name(CancellationToken cancellationToken)
    {
        await using RedisKeyTracking tracking = await TrackAsync(cancellationToken);
        IDatabase database = (await _connection.GetMultiplexerAsync(cancellationToken)).GetDatabase();

        await _server.CommandAsync("SET app:written 1");
        Assert.That(await NextAsync(cancellationToken), Is.EqualTo("written"));
        await _server.CommandAsync("DEL app:written");
        Assert.That(await NextAsync(cancellationToken), Is.EqualTo("written"));
        await _server.CommandAsync("SET other:key 1");
        await database.StringSetAsync([new("app:a", 1), new("app:🧀", 2)]);

        string[] both = [await NextAsync(cancellationToken), await NextAsync(cancellationToken)];
        Assert.That(both, Is.EquivalentTo(new[] { "a", "🧀" }));
    }

    [Test]
    public async Task Key_that_ended_by_itself_is_reported(CancellationToken cancellationToken)
    {
        await using RedisKeyTracking tracking = await TrackAsync(cancellationToken);

        await _server.CommandAsync("SET app:short 1 PX 30");

        Assert.That(await NextAsync(cancellationToken), Is.EqualTo("short"));
        Assert.That(await NextAsync(cancellationToken), Is.EqualTo("short"));
    }

    [TestCase("FLUSHALL")]
    [TestCase("FLUSHDB")]
    public async Task Flush_means_everything(string command, CancellationToken cancellationToken)
    {
        await using RedisKeyTracking tracking = await TrackAsync(cancellationToken);

        await _server.CommandAsync(command);

        Assert.That(await NextAsync(cancellationToken), Is.EqualTo(Everything));
    }

    [TestCase("pubsub")]
    [TestCase("normal")]
    public async Task Lost_connection_means_everything_and_keys_are_reported_again_afterwards(string type, CancellationToken cancellationToken)
    {
        await using RedisKeyTracking tracking = await TrackAsync(cancellationToken);

        for (int round = 0; round < 2; round++)
        {
            await _server.CommandAsync($"CLIENT KILL TYPE {type}");
            await AssertIsReportedAsync(Everything, "PING");

            await AssertIsReportedAsync($"k{round}");
        }
    }

    [Test]
    public async Task Connection_lost_again_as_soon_as_it_is_back_is_noticed_each_time(CancellationToken cancellationToken)
    {
        await using RedisKeyTracking tracking = await TrackAsync(cancellationToken);

        for (int i = 0; i < 100; i++)
        {
            await _server.CommandAsync("CLIENT KILL TYPE pubsub");
            Assert.That(await NextAsync(cancellationToken), Is.EqualTo(Everything));
        }

        await AssertIsReportedAsync("k");
    }

    [Test]
    public async Task Restarted_server_means_everything_and_keys_are_reported_again_afterwards(CancellationToken cancellationToken)
    {
        await using RedisKeyTracking tracking = await TrackAsync(cancellationToken);

        _server.Kill();
        await _server.StartAsync();
        Assert.That(await NextAsync(cancellationToken), Is.EqualTo(Everything));

        await AssertIsReportedAsync("k");
    }

    [Test]
    public async Task Every_primary_of_a_cluster_reports(CancellationToken cancellationToken)
    {
        await using RedisCluster cluster = await RedisCluster.StartAsync();
        await using var connection = new RedisConnection(cluster.EndPoints);
        await using var tracking = new RedisKeyTracking(connection, "app:");
        await tracking.StartAsync(Report, cancellationToken);
        IDatabase database = (await connection.GetMultiplexerAsync(cancellationToken)).GetDatabase();

        for (int i = 0; i < 30; i++)
        {
            await database.StringSetAsync($"app:{i}", 1);
            Assert.That(await NextAsync(cancellationToken), Is.EqualTo($"{i}"));
        }
    }

    [Test]
    public async Task Tracking_says_when_it_cannot_know_the_settings_and_when_the_server_is_down(CancellationToken cancellationToken)
    {
        await using ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync(_server.EndPoint);
        await using var given = new RedisConnection(new RedisConnectionOptions { Multiplexer = multiplexer });
        await using var impossible = new RedisKeyTracking(given, "app:");
        Assert.That(async () => await impossible.StartAsync(Report, cancellationToken), Throws.InvalidOperationException);

        _server.Kill();
        await using var early = new RedisKeyTracking(_connection, "app:");
        Assert.That(async () => await early.StartAsync(Report, cancellationToken), Throws.InstanceOf<RedisConnectionException>());
    }

    private async Task<RedisKeyTracking> TrackAsync(CancellationToken cancellationToken)
    {
        var tracking = new RedisKeyTracking(_connection, "app:");
        await tracking.StartAsync(Report, cancellationToken);
        return tracking;
    }

    private void Report(IReadOnlyList<string>? keys)
    {
        foreach (string key in keys ?? [Everything])
            _reported.Writer.TryWrite(key);
    }

    private ValueTask<string> NextAsync(CancellationToken cancellationToken) => _reported.Reader.ReadAsync(cancellationToken);

    // Each of the two connections may have been lost, one after the other, and a write in between is reported as everything.
    private Task AssertIsReportedAsync(string key) => AssertIsReportedAsync(key, $"SET app:{key} 1");

    private Task AssertIsReportedAsync(string key, string command) =>
        Eventually.TrueAsync(
            async () =>
            {
                await _server.CommandAsync(command);
                return _reported.Reader.TryRead(out string? reported) && reported == key;
            },
            $"{key} is reported");
}
