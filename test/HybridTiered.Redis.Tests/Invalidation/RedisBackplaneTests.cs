using HybridTiered.Invalidation;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Invalidation;
using HybridTiered.Redis.Tests.Support;
using HybridTiered.TestServers.Redis;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Invalidation;

[TestFixture(RedisProtocol.Resp2)]
[TestFixture(RedisProtocol.Resp3)]
[Category("Redis")]
[CancelAfter(60_000)]
public class RedisBackplaneTests(RedisProtocol protocol)
{
    private RedisConnection _connection = null!;
    private RedisConnection _otherConnection = null!;
    private RedisBackplane _backplane = null!;
    private RedisBackplane _other = null!;
    private RedisBackplaneOptions _options = null!;

    [SetUp]
    public void CreateTwoInstances()
    {
        _options = new RedisBackplaneOptions { Prefix = SharedServer.NextPrefix(), MaximumMessageBytes = 1000 };
        _connection = SharedServer.Connect($",protocol={protocol}");
        _otherConnection = SharedServer.Connect($",protocol={protocol}");
        _backplane = new RedisBackplane(_connection, _options);
        _other = new RedisBackplane(_otherConnection, _options);
    }

    [TearDown]
    public async Task Close()
    {
        await _backplane.DisposeAsync();
        await _other.DisposeAsync();
        await _connection.DisposeAsync();
        await _otherConnection.DisposeAsync();
    }

    [Test]
    public async Task Connection_lost_again_as_soon_as_it_is_back_is_noticed_each_time(CancellationToken cancellationToken)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using var connection = new RedisConnection($"{server.EndPoint},protocol={protocol}");
        await using var backplane = new RedisBackplane(connection, _options);
        var receiver = new RecordingReceiver();
        await backplane.SubscribeAsync(receiver, cancellationToken);

        for (int i = 0; i < 100; i++)
        {
            await server.CommandAsync("CLIENT KILL TYPE pubsub");
            Assert.That(await receiver.Events.ReadAsync(cancellationToken), Is.EqualTo("lost"));
            Assert.That(await receiver.Events.ReadAsync(cancellationToken), Is.EqualTo("restored"));
        }
    }

    [Test]
    public async Task Connection_lost_just_when_the_subscription_proves_live_is_noticed(CancellationToken cancellationToken)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync($"{server.EndPoint},protocol={protocol}");
        IConnectionMultiplexer lostAtTheFirstLook = FirstLookAtServers.Of(multiplexer, () =>
        {
            server.Kill();
            SpinWait.SpinUntil(() => !multiplexer.GetServers()[0].IsConnected);
        });
        await using var connection = new RedisConnection(new RedisConnectionOptions { Multiplexer = lostAtTheFirstLook });
        await using var backplane = new RedisBackplane(connection, _options);
        var receiver = new RecordingReceiver();

        await backplane.SubscribeAsync(receiver, cancellationToken);
        await server.StartAsync();

        Assert.That(await receiver.Events.ReadAsync(cancellationToken), Is.EqualTo("lost"));
        Assert.That(await receiver.Events.ReadAsync(cancellationToken), Is.EqualTo("restored"));
    }

    [Test]
    public async Task Message_of_every_kind_arrives_as_it_was_sent_with_its_place_in_the_journal(CancellationToken cancellationToken)
    {
        InvalidationMessage[] sent =
        [
            Messages.Of(InvalidationKind.Key, null, "k"),
            Messages.Of(InvalidationKind.Keys, null, "a", "b"),
            Messages.Of(InvalidationKind.Tag, null, "t"),
            Messages.Of(InvalidationKind.Pattern, null, "p*"),
            Messages.Of(InvalidationKind.All),
            Messages.Of(InvalidationKind.Update, [1, 2, 3], "nul\0 🧀"),
        ];
        var receiver = new RecordingReceiver();
        await _other.SubscribeAsync(receiver, cancellationToken);

        foreach (InvalidationMessage message in sent)
        {
            JournalId id = await _backplane.PublishAsync(message, cancellationToken);
            ReceivedInvalidation received = await receiver.Messages.ReadAsync(cancellationToken);

            Assert.That(received.Id, Is.EqualTo(id).And.Not.EqualTo(JournalId.None));
            AssertEqual(received.Message, message);
        }
    }

    [Test]
    public async Task Senders_own_subscription_gets_the_message_too(CancellationToken cancellationToken)
    {
        var receiver = new RecordingReceiver();
        await _backplane.SubscribeAsync(receiver, cancellationToken);

        await _backplane.PublishAsync(Messages.Key("k", origin: 42), cancellationToken);

        Assert.That((await receiver.Messages.ReadAsync(cancellationToken)).Message.Origin, Is.EqualTo(42));
    }

    [Test]
    public async Task Messages_arrive_once_and_in_the_order_of_the_journal(CancellationToken cancellationToken)
    {
        const int Count = 5000;
        var receiver = new RecordingReceiver();
        await _other.SubscribeAsync(receiver, cancellationToken);

        // Only commands on an open connection keep the order in which they were given.
        await _connection.GetMultiplexerAsync(cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, Count).Select(i => _backplane.PublishAsync(Messages.Key($"k{i}"), cancellationToken).AsTask()));
        var received = new List<ReceivedInvalidation>();
        while (received.Count < Count)
            received.Add(await receiver.Messages.ReadAsync(cancellationToken));

        Assert.That(received.Select(r => r.Id), Is.Ordered.And.Unique);
        Assert.That(received.Select(r => r.Message.Names[0]), Is.EqualTo(Enumerable.Range(0, Count).Select(i => $"k{i}")));
        Assert.That(receiver.Messages.TryPeek(out _), Is.False);
        Assert.That(receiver.Overlapped, Is.False);
    }

    [Test]
    public async Task Message_tells_which_entry_of_the_journal_it_follows(CancellationToken cancellationToken)
    {
        var receiver = new RecordingReceiver();
        await _other.SubscribeAsync(receiver, cancellationToken);
        IDatabase database = (await _connection.GetMultiplexerAsync(cancellationToken)).GetDatabase();
        string stream = _options.Prefix + _options.Stream;

        JournalId first = await _backplane.PublishAsync(Messages.Key("first"), cancellationToken);
        JournalId second = await _other.PublishAsync(Messages.Key("second"), cancellationToken);
        RedisValue unheard = await database.StreamAddAsync(stream, "message", "somebody's");
        await _backplane.PublishAsync(Messages.Key("third"), cancellationToken);
        await database.StreamTrimAsync(stream, 0);
        await _backplane.PublishAsync(Messages.Key("fourth"), cancellationToken);

        var previous = new List<string?>();
        for (int i = 0; i < 4; i++)
            previous.Add((await receiver.Messages.ReadAsync(cancellationToken)).Previous?.ToString());
        Assert.That(previous, Is.EqualTo(new[] { "0-0", first.ToString(), (string?)unheard, "0-0" }));
        Assert.That(second, Is.GreaterThan(first));
    }

    [Test]
    public async Task What_is_no_message_is_reported_and_does_not_stop_the_next(CancellationToken cancellationToken)
    {
        var receiver = new RecordingReceiver();
        await _other.SubscribeAsync(receiver, cancellationToken);
        ISubscriber subscriber = (await _connection.GetMultiplexerAsync(cancellationToken)).GetSubscriber();

        foreach (string junk in new[] { "", "M", "M1-1", "M1-1 ", "M1-1 0-0 ", "M1-x HT", "P", "junk" })
        {
            await subscriber.PublishAsync(RedisChannel.Literal(_options.Prefix + _options.Channel), junk);
            Assert.That(await receiver.Events.ReadAsync(cancellationToken), Is.EqualTo("malformed"));
        }
        await _backplane.PublishAsync(Messages.Key("k"), cancellationToken);

        Assert.That((await receiver.Messages.ReadAsync(cancellationToken)).Message.Names[0], Is.EqualTo("k"));
    }

    [Test]
    public async Task Update_that_is_too_large_becomes_a_removal_of_the_key(CancellationToken cancellationToken)
    {
        var receiver = new RecordingReceiver();
        await _other.SubscribeAsync(receiver, cancellationToken);

        await _backplane.PublishAsync(Messages.Of(InvalidationKind.Update, new byte[1000], "k"), cancellationToken);

        InvalidationMessage received = (await receiver.Messages.ReadAsync(cancellationToken)).Message;
        Assert.That(received.Kind, Is.EqualTo(InvalidationKind.Key));
        Assert.That(received.Names, Is.EqualTo(new[] { "k" }));
        Assert.That(received.Version.Value, Is.EqualTo(7));
    }

    [Test]
    public async Task Caches_with_other_prefixes_do_not_hear_each_other(CancellationToken cancellationToken)
    {
        var receiver = new RecordingReceiver();
        await _other.SubscribeAsync(receiver, cancellationToken);
        await using var stranger = new RedisBackplane(_connection, new RedisBackplaneOptions { Prefix = SharedServer.NextPrefix() });

        await stranger.PublishAsync(Messages.Key("theirs"), cancellationToken);
        await _backplane.PublishAsync(Messages.Key("ours"), cancellationToken);

        Assert.That((await receiver.Messages.ReadAsync(cancellationToken)).Message.Names[0], Is.EqualTo("ours"));
    }

    [Test]
    public async Task Disposed_backplane_says_nothing_more_and_leaves_the_connection_to_others(CancellationToken cancellationToken)
    {
        var receiver = new RecordingReceiver();
        var witness = new RecordingReceiver();
        await _other.SubscribeAsync(receiver, cancellationToken);
        await using var neighbour = new RedisBackplane(_otherConnection, _options);
        await neighbour.SubscribeAsync(witness, cancellationToken);

        await _other.DisposeAsync();
        await _backplane.PublishAsync(Messages.Key("k"), cancellationToken);
        await witness.Messages.ReadAsync(cancellationToken);

        Assert.That(receiver.Messages.TryPeek(out _), Is.False);
    }

    [Test]
    public async Task Clock_is_the_servers(CancellationToken cancellationToken)
    {
        DateTimeOffset before = DateTimeOffset.UtcNow;

        DateTimeOffset time = await _backplane.ReadTimeAsync(cancellationToken);

        Assert.That(time, Is.EqualTo(before).Within(TimeSpan.FromSeconds(SharedServer.IsExternal ? 86_400 : 2)));
    }

    private static void AssertEqual(InvalidationMessage actual, InvalidationMessage expected)
    {
        Assert.That(
            (actual.Kind, actual.Origin, actual.Timestamp, actual.Version),
            Is.EqualTo((expected.Kind, expected.Origin, expected.Timestamp, expected.Version)));
        Assert.That(actual.Names, Is.EqualTo(expected.Names));
        Assert.That(actual.Payload.ToArray(), Is.EqualTo(expected.Payload.ToArray()));
    }
}
