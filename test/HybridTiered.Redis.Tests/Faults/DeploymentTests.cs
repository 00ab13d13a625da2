using HybridTiered.Entries;
using HybridTiered.Invalidation;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Flights;
using HybridTiered.Redis.Invalidation;
using HybridTiered.Redis.Streams;
using HybridTiered.Redis.Tests.Support;
using HybridTiered.Redis.Tiers;
using HybridTiered.Redis.Tracking;
using HybridTiered.TestServers.Redis;
using HybridTiered.Tiers;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Faults;

/// <summary>Everything once, on each way to run Redis.</summary>
[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class DeploymentTests
{
    private static readonly TierLifetime Minute = new(TimeSpan.FromMinutes(1));

    [TestCase(RedisProtocol.Resp2)]
    [TestCase(RedisProtocol.Resp3)]
    public async Task Cluster_of_three(RedisProtocol protocol, CancellationToken cancellationToken)
    {
        await using RedisCluster cluster = await RedisCluster.StartAsync();
        await using var connection = new RedisConnection($"{cluster.EndPoints},protocol={protocol}");

        await ExerciseEverythingAsync(connection, "app:", cancellationToken);
        await ExercisePatternsOnEveryPrimaryAsync(connection, cluster, cancellationToken);
    }

    [TestCase(RedisProtocol.Resp2)]
    [TestCase(RedisProtocol.Resp3)]
    public async Task Server_with_tls(RedisProtocol protocol, CancellationToken cancellationToken)
    {
        await using RedisServer server = await RedisServer.StartAsync(new RedisServerOptions { Tls = true });
        var options = new ConfigurationOptions { EndPoints = { { "localhost", server.Port } }, Ssl = true, Protocol = protocol };
        options.TrustIssuer(server.CertificateFile);
        await using var connection = new RedisConnection(new RedisConnectionOptions { Configuration = options });

        await ExerciseEverythingAsync(connection, "app:", cancellationToken);
    }

    [Test]
    public async Task User_who_may_do_no_more_than_documented(CancellationToken cancellationToken)
    {
        await using RedisServer server = await RedisServer.StartAsync(
            ["--user", "app", "on", ">pw", "~app:*", "&app:*", .. RedisPermissions.Commands.Split(' '), "--user", "default", "off"]);
        await using var connection = new RedisConnection($"redis://app:pw@{server.EndPoint}");

        await ExerciseEverythingAsync(connection, "app:", cancellationToken);
    }

    [Test]
    public async Task User_who_may_track_keys_besides(CancellationToken cancellationToken)
    {
        await using RedisServer server = await RedisServer.StartAsync(
            ["--user", "app", "on", ">pw", "~app:*", "&app:*", "&__redis__:invalidate", .. RedisPermissions.Commands.Split(' '),
                .. RedisPermissions.TrackingCommands.Split(' '), "--user", "default", "off"]);
        await using var connection = new RedisConnection($"redis://app:pw@{server.EndPoint}");
        var reported = new TaskCompletionSource<IReadOnlyList<string>?>();
        await using var tracking = new RedisKeyTracking(connection, "app:");
        await tracking.StartAsync(keys => reported.TrySetResult(keys), cancellationToken);

        await new RedisTier(connection, new RedisTierOptions { InstanceName = "app:" }).RemoveAsync("k", cancellationToken);

        Assert.That(await reported.Task.WaitAsync(cancellationToken), Is.EqualTo(new[] { "k" }));
    }

    // Redis 6 counts all of CLIENT among the dangerous commands.
    [TestCase("CLIENT LIST TYPE pubsub")]
    [TestCase("CLIENT TRACKING OFF")]
    [TestCase("CLIENT GETREDIR")]
    public async Task User_who_may_track_keys_needs_nothing_else_of_the_command(string command)
    {
        await using RedisServer server = await RedisServer.StartAsync(
            ["--user", "app", "on", ">pw", .. RedisPermissions.Commands.Split(' '), "-client", .. RedisPermissions.TrackingCommands.Split(' ')]);

        Assert.That(await server.CommandAsync($"ACL DRYRUN app {command}"), Is.EqualTo("+OK"));
    }

    private static async Task ExerciseEverythingAsync(RedisConnection connection, string prefix, CancellationToken cancellationToken)
    {
        var tier = new RedisTier(connection, new RedisTierOptions { InstanceName = prefix });
        string[] keys = [.. Enumerable.Range(0, 300).Select(i => $"key {i}")];
        foreach (string key in keys)
            await tier.WriteAsync(key, new byte[10], new TierLifetime(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30)), cancellationToken);
        await tier.RefreshAsync(keys[0], cancellationToken);
        (await tier.ReadAsync(keys[0], TierRead.DataAndLifetime, cancellationToken)).Dispose();
        EntryVersion seen = await tier.ReadVersionAsync(keys[0], cancellationToken);
        await tier.RemoveAsync(keys[0], cancellationToken);
        Assert.That(await tier.WriteIfUnchangedAsync(keys[0], new byte[1], Minute, seen, cancellationToken), Is.Null);
        for (int i = 0; i < 6; i++)
            await ExerciseLargeAsync(tier, $"large {i}", cancellationToken);
        await tier.RaiseTagTimeAsync("tag", 5, Minute, cancellationToken);
        TierEntry[] entries = await tier.ReadManyAsync(keys, cancellationToken);
        Assert.That(entries.Count(entry => entry.Found), Is.EqualTo(299));
        foreach (TierEntry entry in entries)
            entry.Dispose();
        await tier.RemoveManyAsync([keys[1], keys[2]], cancellationToken);
        Assert.That(await tier.RemoveByPatternAsync(new GlobPattern("key *"), "", cancellationToken), Is.EqualTo(297));

        var receiver = new RecordingReceiver();
        await using var backplane = new RedisBackplane(connection, new RedisBackplaneOptions { Prefix = prefix });
        await backplane.SubscribeAsync(receiver, cancellationToken);
        JournalId id = await backplane.PublishAsync(Messages.Key("k"), cancellationToken);
        Assert.That((await receiver.Messages.ReadAsync(cancellationToken)).Id, Is.EqualTo(id));
        Assert.That((await backplane.ReadAfterAsync(JournalId.None, 10, cancellationToken)).Entries, Has.Count.EqualTo(1));
        await backplane.ReadTimeAsync(cancellationToken);

        await using var locks = new RedisLock(connection, new RedisLockOptions { Prefix = prefix });
        IAsyncDisposable held = (await locks.TryAcquireAsync("k", TimeSpan.FromSeconds(30), cancellationToken))!;
        Task wait = locks.WaitForReleaseAsync("k", TimeSpan.FromSeconds(30), cancellationToken).AsTask();
        await held.DisposeAsync();
        await wait;

        var streams = new RedisEventStream(connection, new RedisEventStreamOptions { Prefix = prefix });
        await streams.CreateGroupAsync("s", "g", EventId.Beginning, cancellationToken);
        await streams.PublishAsync("s", [new EventField("n", "1")], cancellationToken);
        IReadOnlyList<StreamEvent> taken = await streams.ReadGroupAsync("s", "g", "c", 1, cancellationToken);
        Assert.That(await streams.ClaimStaleAsync("s", "g", "d", TimeSpan.Zero, 1, cancellationToken), Has.Count.EqualTo(1));
        Assert.That(await streams.AcknowledgeAsync("s", "g", [taken[0].Id], cancellationToken), Is.EqualTo(1));
        Assert.That(await streams.ReadLatestAsync("s", 1, cancellationToken), Has.Count.EqualTo(1));
    }

    private static async Task ExerciseLargeAsync(RedisTier tier, string key, CancellationToken cancellationToken)
    {
        byte[] first = new byte[100_000];
        byte[] second = [.. first.Select(_ => (byte)1)];
        EntryVersion written = await tier.WriteAsync(key, first, Minute, cancellationToken);
        Assert.That(await tier.WriteIfUnchangedAsync(key, second, Minute, written, cancellationToken), Is.Not.Null);
        Assert.That(await tier.WriteIfUnchangedAsync(key, first, Minute, written, cancellationToken), Is.Null);
        using TierEntry entry = await tier.ReadAsync(key, TierRead.Data, cancellationToken);
        Assert.That(entry.Data.Span.SequenceEqual(second), Is.True);
    }

    private static async Task ExercisePatternsOnEveryPrimaryAsync(RedisConnection connection, RedisCluster cluster, CancellationToken cancellationToken)
    {
        var tier = new RedisTier(connection, new RedisTierOptions { InstanceName = "spread:" });
        for (int i = 0; i < 60; i++)
            await tier.WriteAsync($"{i}", new byte[1], Minute, cancellationToken);
        foreach (RedisServer node in cluster.Nodes)
            Assert.That(await node.CommandAsync("DBSIZE"), Is.Not.EqualTo(":0"));

        cluster.Nodes[2].Kill();
        Assert.That(async () => await tier.RemoveByPatternAsync(new GlobPattern("*"), "", cancellationToken), Throws.InstanceOf<RedisException>());
    }
}
