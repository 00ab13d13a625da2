using HybridTiered.Entries;
using HybridTiered.Invalidation;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Invalidation;
using HybridTiered.Redis.Tests.Support;
using HybridTiered.Redis.Tiers;
using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;
using HybridTiered.Tiers;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Faults;

/// <summary>What happens when the server goes away, forgets, or cuts a connection.</summary>
[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class OutageTests
{
    private static readonly TierLifetime Minute = new(TimeSpan.FromMinutes(1));

    private RedisServer _server = null!;
    private RedisConnection _connection = null!;
    private RedisTier _tier = null!;

    [SetUp]
    public async Task StartServer()
    {
        _server = await RedisServer.StartAsync();
        _connection = new RedisConnection(new RedisConnectionOptions { ConnectionString = _server.EndPoint, RetryDelay = TimeSpan.FromMilliseconds(50) });
        _tier = new RedisTier(_connection, new RedisTierOptions());
    }

    [TearDown]
    public async Task StopServer()
    {
        await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Scripts_that_the_server_has_forgotten_are_loaded_again(CancellationToken cancellationToken)
    {
        EntryVersion seen = await _tier.WriteAsync("k", new byte[1], Minute, cancellationToken);
        await _tier.RemoveAsync("k", cancellationToken);

        await _server.CommandAsync("SCRIPT FLUSH SYNC");
        EntryVersion? refused = await _tier.WriteIfUnchangedAsync("k", new byte[1], Minute, seen, cancellationToken);
        EntryVersion[] removed = await _tier.RemoveManyAsync([.. Enumerable.Range(0, 100).Select(i => $"k{i}")], cancellationToken);
        EntryVersion written = await _tier.WriteAsync("k", new byte[] { 2 }, Minute, cancellationToken);

        Assert.That(refused, Is.Null);
        Assert.That(removed, Has.None.EqualTo(EntryVersion.None));
        Assert.That(await _tier.ReadVersionAsync("k", cancellationToken), Is.EqualTo(written));
    }

    [Test]
    public async Task Tier_works_again_after_a_restart_that_lost_data_and_scripts(CancellationToken cancellationToken)
    {
        EntryVersion before = await _tier.WriteAsync("k", new byte[1], Minute, cancellationToken);
        _server.Kill();
        Assert.That(async () => await _tier.ReadAsync("k", TierRead.Data, cancellationToken), Throws.InstanceOf<RedisException>());

        await _server.StartAsync();
        await Eventually.TrueAsync(() => WorksAsync(async () => await _tier.ReadVersionAsync("k", cancellationToken)), "reconnected");
        EntryVersion after = await _tier.WriteAsync("k", new byte[1], Minute, cancellationToken);

        Assert.That(after, Is.GreaterThan(before));
    }

    [Test]
    public async Task Outage_is_told_at_once(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", new byte[1], Minute, cancellationToken);
        _server.Kill();
        Assert.That(async () => await _tier.ReadAsync("k", TierRead.Data, cancellationToken), Throws.InstanceOf<RedisException>());

        long start = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < 50; i++)
            Assert.That(async () => await _tier.ReadAsync("k", TierRead.Data, cancellationToken), Throws.InstanceOf<RedisException>());

        Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public async Task Cancellation_frees_the_caller_from_a_server_that_hangs(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", new byte[1], Minute, cancellationToken);
        _server.Suspend();
        using var cancellation = new CancellationTokenSource();
        ValueTask<TierEntry> read = _tier.ReadAsync("k", TierRead.Data, cancellation.Token);

        await cancellation.CancelAsync();

        Assert.That(async () => await read, Throws.InstanceOf<OperationCanceledException>());
        _server.Resume();
        using TierEntry entry = await _tier.ReadAsync("k", TierRead.Data, cancellationToken);
        Assert.That(entry.Found, Is.True);
    }

    // Why a tier's caller leaves the bytes of a write alone that did not end well. A copy of them for this one case would slow down all others.
    [Test]
    public async Task Write_that_waits_in_the_clients_queue_is_sent_after_its_caller_has_left_and_has_no_copy_of_its_bytes(CancellationToken cancellationToken)
    {
        ConfigurationOptions queueing = ConfigurationOptions.Parse(_server.EndPoint);
        queueing.BacklogPolicy = BacklogPolicy.Default;
        queueing.AsyncTimeout = 30_000;
        await using var connection = new RedisConnection(new RedisConnectionOptions { Configuration = queueing });
        var tier = new RedisTier(connection, new RedisTierOptions());
        IConnectionMultiplexer multiplexer = await connection.GetMultiplexerAsync(cancellationToken);
        _server.Kill();
        await Eventually.TrueAsync(() => !multiplexer.IsConnected, "disconnected");
        byte[] data = [.. Enumerable.Repeat((byte)1, 1000)];
        using var cancellation = new CancellationTokenSource();
        ValueTask<EntryVersion> write = tier.WriteAsync("k", data, Minute, cancellation.Token);

        await cancellation.CancelAsync();
        Assert.That(async () => await write, Throws.InstanceOf<OperationCanceledException>());
        data.AsSpan().Fill(2);
        await _server.StartAsync();

        await Eventually.TrueAsync(async () => (await ReadAsync(tier)).Length > 0, "the write has happened");
        Assert.That(await ReadAsync(tier), Is.All.EqualTo(2));
    }

    [TestCase(RedisProtocol.Resp2)]
    [TestCase(RedisProtocol.Resp3)]
    public async Task Subscription_whose_connection_was_cut_reports_the_loss_and_then_that_it_is_live_again(
        RedisProtocol protocol, CancellationToken cancellationToken)
    {
        await using var listening = new RedisConnection($"{_server.EndPoint},protocol={protocol}");
        await using var listener = new RedisBackplane(listening, new RedisBackplaneOptions());
        await using var sender = new RedisBackplane(_connection, new RedisBackplaneOptions());
        var receiver = new RecordingReceiver();
        await listener.SubscribeAsync(receiver, cancellationToken);
        JournalId last = await sender.PublishAsync(Messages.Key("before"), cancellationToken);
        await receiver.Messages.ReadAsync(cancellationToken);

        string killed = await _server.CommandAsync("CLIENT KILL TYPE pubsub");
        Assert.That(killed, Is.Not.EqualTo(":0"));
        await sender.PublishAsync(Messages.Key("meanwhile"), cancellationToken);
        Assert.That(await receiver.Events.ReadAsync(cancellationToken), Is.EqualTo("lost"));
        Assert.That(await receiver.Events.ReadAsync(cancellationToken), Is.EqualTo("restored"));
        await sender.PublishAsync(Messages.Key("after"), cancellationToken);

        // What came meanwhile may have been heard or not; the journal has it. What comes after the restoration is heard.
        JournalPage missed = await listener.ReadAfterAsync(last, 10, cancellationToken);
        Assert.That(missed.ReachesBack, Is.True);
        Assert.That(missed.Entries.Select(entry => entry.Message.Names[0]), Is.EqualTo(new[] { "meanwhile", "after" }));
        ReceivedInvalidation heard;
        do
            heard = await receiver.Messages.ReadAsync(cancellationToken);
        while (heard.Message.Names[0] == "meanwhile");
        Assert.That(heard.Message.Names[0], Is.EqualTo("after"));
        Assert.That(receiver.Overlapped, Is.False);
    }

    [Test]
    public async Task Every_message_after_a_restoration_arrives_however_often_the_connection_is_cut(CancellationToken cancellationToken)
    {
        await using var listening = new RedisConnection(_server.EndPoint);
        await using var listener = new RedisBackplane(listening, new RedisBackplaneOptions());
        await using var sender = new RedisBackplane(_connection, new RedisBackplaneOptions());
        var receiver = new RecordingReceiver();
        await listener.SubscribeAsync(receiver, cancellationToken);

        for (int round = 0; round < 4; round++)
        {
            await _server.CommandAsync("CLIENT KILL TYPE pubsub");
            Assert.That(await receiver.Events.ReadAsync(cancellationToken), Is.EqualTo("lost"));
            Assert.That(await receiver.Events.ReadAsync(cancellationToken), Is.EqualTo("restored"));
            JournalId sent = await sender.PublishAsync(Messages.Key($"round {round}"), cancellationToken);
            Assert.That((await receiver.Messages.ReadAsync(cancellationToken)).Id, Is.EqualTo(sent));
        }
    }

    [Test]
    public async Task Subscription_survives_a_restart_of_the_server_and_the_journal_tells_that_it_was_lost(CancellationToken cancellationToken)
    {
        await using var backplane = new RedisBackplane(_connection, new RedisBackplaneOptions());
        var receiver = new RecordingReceiver();
        await backplane.SubscribeAsync(receiver, cancellationToken);
        JournalId last = await backplane.PublishAsync(Messages.Key("before"), cancellationToken);
        await receiver.Messages.ReadAsync(cancellationToken);

        _server.Kill();
        Assert.That(await receiver.Events.ReadAsync(cancellationToken), Is.EqualTo("lost"));
        await _server.StartAsync();
        Assert.That(await receiver.Events.ReadAsync(cancellationToken), Is.EqualTo("restored"));

        Assert.That((await backplane.ReadAfterAsync(last, 10, cancellationToken)).ReachesBack, Is.False);
        await backplane.PublishAsync(Messages.Key("after"), cancellationToken);
        Assert.That((await receiver.Messages.ReadAsync(cancellationToken)).Message.Names[0], Is.EqualTo("after"));
    }

    [Test]
    public async Task Subscription_fails_while_the_server_is_down_and_succeeds_later(CancellationToken cancellationToken)
    {
        await using var backplane = new RedisBackplane(_connection, new RedisBackplaneOptions());
        var receiver = new RecordingReceiver();
        await _connection.GetMultiplexerAsync(cancellationToken);
        _server.Kill();
        Assert.That(async () => await backplane.SubscribeAsync(receiver, cancellationToken), Throws.InstanceOf<RedisException>());

        await _server.StartAsync();
        await Eventually.TrueAsync(() => WorksAsync(async () => await backplane.SubscribeAsync(receiver, cancellationToken)), "subscribed");
        await backplane.PublishAsync(Messages.Key("k"), cancellationToken);

        Assert.That((await receiver.Messages.ReadAsync(cancellationToken)).Message.Names[0], Is.EqualTo("k"));
        Assert.That(receiver.Messages.TryPeek(out _), Is.False);
    }

    private static async Task<byte[]> ReadAsync(RedisTier tier)
    {
        using TierEntry entry = await tier.ReadAsync("k", TierRead.Data, default);
        return entry.Data.ToArray();
    }

    private static async Task<bool> WorksAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (RedisException)
        {
            return false; // Not yet: the connection is coming back.
        }
    }
}
