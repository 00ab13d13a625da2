using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Streams;
using HybridTiered.TestServers.Processes;

namespace HybridTiered.Redis.Tests.Streams;

[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class RedisEventStreamTests
{
    private RedisConnection _connection = null!;
    private RedisEventStream _streams = null!;

    [SetUp]
    public void CreateStreams()
    {
        _connection = SharedServer.Connect();
        _streams = new RedisEventStream(_connection, new RedisEventStreamOptions { Prefix = SharedServer.NextPrefix(), MaximumLength = 500, PageSize = 7 });
    }

    [TearDown]
    public async Task CloseConnection() => await _connection.DisposeAsync();

    [Test]
    public async Task Event_is_read_back_with_all_its_fields(CancellationToken cancellationToken)
    {
        EventId id = await _streams.PublishAsync("s", [new("kind", "order 🧀"), new("kind", "again"), new("blob", new byte[] { 0, 255 })], cancellationToken);

        StreamEvent read = (await _streams.ReadLatestAsync("s", 10, cancellationToken)).Single();

        Assert.That(read.Id, Is.EqualTo(id));
        Assert.That(read.Fields.Select(field => field.Name), Is.EqualTo(new[] { "kind", "kind", "blob" }));
        Assert.That(read["kind"], Is.EqualTo("order 🧀"));
        Assert.That(read["none"], Is.Null);
        Assert.That(read.Fields[2].Value.ToArray(), Is.EqualTo(new byte[] { 0, 255 }));
    }

    [Test]
    public async Task Latest_events_come_newest_first(CancellationToken cancellationToken)
    {
        await PublishAsync(0, 5);

        Assert.That(Numbers(await _streams.ReadLatestAsync("s", 3, cancellationToken)), Is.EqualTo(new[] { 4, 3, 2 }));
        Assert.That(await _streams.ReadLatestAsync("none", 3, cancellationToken), Is.Empty);
    }

    [Test]
    public async Task Stream_is_trimmed_to_about_its_maximum_length(CancellationToken cancellationToken)
    {
        await PublishAsync(0, 1500);

        Assert.That(await _streams.ReadLatestAsync("s", 10_000, cancellationToken), Has.Count.InRange(500, 700));
    }

    [Test]
    public async Task Reader_gets_every_event_after_an_id_those_still_to_come_included(CancellationToken cancellationToken)
    {
        EventId[] ids = await PublishAsync(0, 20);
        var read = new List<int>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        Task reading = Task.Run(
            async () =>
            {
                await foreach (StreamEvent next in _streams.ReadAfterAsync("s", ids[4], enough.Token))
                {
                    read.Add(int.Parse(next["n"]!));
                    if (read.Count == 25)
                        await enough.CancelAsync();
                }
            },
            cancellationToken);
        await PublishAsync(20, 10);

        Assert.That(async () => await reading, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(read, Is.EqualTo(Enumerable.Range(5, 25)));
    }

    [Test]
    public async Task Reader_may_come_before_the_stream(CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<StreamEvent> reader = _streams.ReadAfterAsync("s", EventId.Beginning, cancellationToken).GetAsyncEnumerator(cancellationToken);
        ValueTask<bool> next = reader.MoveNextAsync();

        await PublishAsync(7, 1);

        Assert.That(await next, Is.True);
        Assert.That(reader.Current["n"], Is.EqualTo("7"));
    }

    [Test]
    public async Task Group_is_created_once_and_keeps_its_place(CancellationToken cancellationToken)
    {
        EventId[] ids = await PublishAsync(0, 3);

        Assert.That(await _streams.CreateGroupAsync("s", "g", ids[0], cancellationToken), Is.True);
        Assert.That(await _streams.CreateGroupAsync("s", "g", EventId.Beginning, cancellationToken), Is.False);
        Assert.That(await _streams.CreateGroupAsync("new stream", "g", EventId.Beginning, cancellationToken), Is.True);
        Assert.That(Numbers(await _streams.ReadGroupAsync("s", "g", "me", 10, cancellationToken)), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public async Task Consumers_of_a_group_share_the_events(CancellationToken cancellationToken)
    {
        await PublishAsync(0, 6);
        await _streams.CreateGroupAsync("s", "g", EventId.Beginning, cancellationToken);

        IReadOnlyList<StreamEvent> a = await _streams.ReadGroupAsync("s", "g", "a", 4, cancellationToken);
        IReadOnlyList<StreamEvent> b = await _streams.ReadGroupAsync("s", "g", "b", 4, cancellationToken);

        Assert.That(Numbers(a), Is.EqualTo(new[] { 0, 1, 2, 3 }));
        Assert.That(Numbers(b), Is.EqualTo(new[] { 4, 5 }));
        Assert.That(await _streams.ReadGroupAsync("s", "g", "a", 4, cancellationToken), Is.Empty);
    }

    [Test]
    public async Task Event_that_was_not_acknowledged_can_be_taken_over_and_one_that_was_cannot(CancellationToken cancellationToken)
    {
        await PublishAsync(0, 3);
        await _streams.CreateGroupAsync("s", "g", EventId.Beginning, cancellationToken);
        IReadOnlyList<StreamEvent> taken = await _streams.ReadGroupAsync("s", "g", "dead", 10, cancellationToken);
        Assert.That(await _streams.AcknowledgeAsync("s", "g", [taken[1].Id], cancellationToken), Is.EqualTo(1));
        Assert.That(await _streams.AcknowledgeAsync("s", "g", [taken[1].Id], cancellationToken), Is.Zero);

        Assert.That(await _streams.ClaimStaleAsync("s", "g", "heir", TimeSpan.FromMinutes(1), 10, cancellationToken), Is.Empty);
        IReadOnlyList<StreamEvent> claimed = [];
        await Eventually.TrueAsync(
            async () => (claimed = await _streams.ClaimStaleAsync("s", "g", "heir", TimeSpan.FromMilliseconds(20), 10, cancellationToken)).Count > 0,
            "the events are stale");

        Assert.That(Numbers(claimed), Is.EqualTo(new[] { 0, 2 }));
        Assert.That(await _streams.AcknowledgeAsync("s", "g", [.. claimed.Select(c => c.Id)], cancellationToken), Is.EqualTo(2));
        Assert.That(await _streams.ClaimStaleAsync("s", "g", "heir", TimeSpan.Zero, 10, cancellationToken), Is.Empty);
    }

    [TestCase("0-0")]
    [TestCase("1700000000000-3")]
    [TestCase("18446744073709551615-18446744073709551615")]
    public void Id_is_written_as_it_is_read(string text) => Assert.That(EventId.Parse(text).ToString(), Is.EqualTo(text));

    [TestCase("")]
    [TestCase("1")]
    [TestCase("1-")]
    [TestCase("-1-1")]
    [TestCase("a-b")]
    public void What_is_no_id_is_refused(string text) => Assert.That(() => EventId.Parse(text), Throws.TypeOf<FormatException>());

    private static IEnumerable<int> Numbers(IEnumerable<StreamEvent> events) => events.Select(e => int.Parse(e["n"]!));

    private async Task<EventId[]> PublishAsync(int from, int count)
    {
        var ids = new EventId[count];
        for (int i = 0; i < count; i++)
            ids[i] = await _streams.PublishAsync("s", [new("n", $"{from + i}")]);
        return ids;
    }
}
