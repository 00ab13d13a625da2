using HybridTiered.Invalidation;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Invalidation;
using HybridTiered.Redis.Tests.Support;
using HybridTiered.TestServers.Processes;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Invalidation;

[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class RedisJournalTests
{
    private RedisConnection _connection = null!;
    private RedisBackplane _backplane = null!;
    private IDatabase _database = null!;
    private RedisKey _stream;

    [SetUp]
    public async Task CreateBackplane()
    {
        var options = new RedisBackplaneOptions { Prefix = SharedServer.NextPrefix(), JournalLength = 200 };
        _connection = SharedServer.Connect();
        _backplane = new RedisBackplane(_connection, options);
        _database = (await _connection.GetMultiplexerAsync(default)).GetDatabase();
        _stream = options.Prefix + options.Stream;
    }

    [TearDown]
    public async Task Close()
    {
        await _database.KeyDeleteAsync(_stream);
        await _connection.DisposeAsync();
    }

    [Test]
    public async Task Empty_journal_has_no_last_id_and_reaches_back_to_the_beginning(CancellationToken cancellationToken)
    {
        Assert.That(await _backplane.ReadLastIdAsync(cancellationToken), Is.EqualTo(JournalId.None));
        AssertPage(await _backplane.ReadAfterAsync(JournalId.None, 10, cancellationToken), [], JournalId.None, reachesBack: true, hasMore: false);
    }

    [Test]
    public async Task Pages_follow_each_other_without_gap_or_overlap(CancellationToken cancellationToken)
    {
        JournalId[] ids = await PublishAsync(7);

        JournalPage first = await _backplane.ReadAfterAsync(JournalId.None, 3, cancellationToken);
        JournalPage second = await _backplane.ReadAfterAsync(first.Last, 3, cancellationToken);
        JournalPage third = await _backplane.ReadAfterAsync(second.Last, 3, cancellationToken);
        JournalPage end = await _backplane.ReadAfterAsync(third.Last, 3, cancellationToken);

        AssertPage(first, ["k0", "k1", "k2"], ids[2], reachesBack: true, hasMore: true);
        AssertPage(second, ["k3", "k4", "k5"], ids[5], reachesBack: true, hasMore: true);
        AssertPage(third, ["k6"], ids[6], reachesBack: true, hasMore: false);
        AssertPage(end, [], ids[6], reachesBack: true, hasMore: false);
        Assert.That(await _backplane.ReadLastIdAsync(cancellationToken), Is.EqualTo(ids[6]));
    }

    [Test]
    public async Task Page_that_ends_with_the_journal_has_no_more(CancellationToken cancellationToken)
    {
        await PublishAsync(3);

        Assert.That((await _backplane.ReadAfterAsync(JournalId.None, 3, cancellationToken)).HasMore, Is.False);
    }

    [Test]
    public async Task Journal_is_trimmed_to_about_its_length(CancellationToken cancellationToken)
    {
        await PublishAsync(1000);

        Assert.That(await _database.StreamLengthAsync(_stream), Is.InRange(200, 400));
    }

    [Test]
    public async Task Reader_behind_the_trimmed_part_is_told_and_gets_what_is_left(CancellationToken cancellationToken)
    {
        JournalId[] ids = await PublishAsync(10);
        await _database.StreamTrimAsync(_stream, 4);

        AssertPage(await _backplane.ReadAfterAsync(ids[2], 100, cancellationToken), ["k6", "k7", "k8", "k9"], ids[9], reachesBack: false, hasMore: false);
        AssertPage(await _backplane.ReadAfterAsync(JournalId.None, 100, cancellationToken), ["k6", "k7", "k8", "k9"], ids[9], reachesBack: false, hasMore: false);
        AssertPage(await _backplane.ReadAfterAsync(ids[6], 100, cancellationToken), ["k7", "k8", "k9"], ids[9], reachesBack: true, hasMore: false);
    }

    [Test]
    public async Task Reader_at_the_end_of_a_journal_trimmed_to_nothing_has_missed_nothing(CancellationToken cancellationToken)
    {
        JournalId[] ids = await PublishAsync(3);
        await _database.StreamTrimAsync(_stream, 0);

        AssertPage(await _backplane.ReadAfterAsync(ids[2], 10, cancellationToken), [], ids[2], reachesBack: true, hasMore: false);
        AssertPage(await _backplane.ReadAfterAsync(ids[1], 10, cancellationToken), [], ids[1], reachesBack: false, hasMore: false);
        Assert.That(await _backplane.ReadLastIdAsync(cancellationToken), Is.EqualTo(ids[2]));
    }

    [Test]
    public async Task Reader_of_a_journal_that_was_lost_is_told_once_and_then_follows_the_new_one(CancellationToken cancellationToken)
    {
        JournalId[] before = await PublishAsync(3);
        await _database.KeyDeleteAsync(_stream);

        JournalPage lost = await _backplane.ReadAfterAsync(before[2], 10, cancellationToken);
        AssertPage(lost, [], JournalId.None, reachesBack: false, hasMore: false);
        AssertPage(await _backplane.ReadAfterAsync(lost.Last, 10, cancellationToken), [], JournalId.None, reachesBack: true, hasMore: false);

        await MillisecondAfterAsync(before[2]);
        JournalId[] after = await PublishAsync(2);
        AssertPage(await _backplane.ReadAfterAsync(lost.Last, 10, cancellationToken), ["k0", "k1"], after[1], reachesBack: true, hasMore: false);
        JournalPage begunAnew = await _backplane.ReadAfterAsync(before[2], 10, cancellationToken);
        AssertPage(begunAnew, ["k0", "k1"], after[1], reachesBack: false, hasMore: false);
        Assert.That((lost.WentBack, begunAnew.WentBack), Is.EqualTo((false, false)), "all is lost, nothing is there again");
    }

    [Test]
    public async Task Reader_ahead_of_a_journal_restored_from_an_older_copy_is_told_and_set_back(CancellationToken cancellationToken)
    {
        JournalId[] ids = await PublishAsync(2);
        byte[] copy = (await _database.KeyDumpAsync(_stream))!;
        JournalId[] lost = await PublishAsync(2);
        await _database.KeyDeleteAsync(_stream);
        await _database.KeyRestoreAsync(_stream, copy);

        JournalPage behind = await _backplane.ReadAfterAsync(lost[1], 10, cancellationToken);
        AssertPage(behind, [], ids[1], reachesBack: false, hasMore: false);

        await MillisecondAfterAsync(lost[1]);
        await PublishAsync(1);
        JournalPage beyond = await _backplane.ReadAfterAsync(lost[1], 10, cancellationToken);
        Assert.That(beyond.ReachesBack, Is.False);
        Assert.That((behind.WentBack, beyond.WentBack), Is.EqualTo((true, true)));
    }

    [Test]
    public async Task Entry_deleted_by_somebody_counts_as_a_gap(CancellationToken cancellationToken)
    {
        JournalId[] ids = await PublishAsync(4);
        await _database.StreamDeleteAsync(_stream, [ids[2].ToString()]);

        AssertPage(await _backplane.ReadAfterAsync(ids[0], 10, cancellationToken), ["k1", "k3"], ids[3], reachesBack: false, hasMore: false);
    }

    [Test]
    public async Task Entries_that_cannot_be_understood_are_passed_over_and_counted(CancellationToken cancellationToken)
    {
        JournalId[] ids = await PublishAsync(1);
        await _database.StreamAddAsync(_stream, "message", "junk");
        RedisValue last = await _database.StreamAddAsync(_stream, "unknown", "field");

        JournalPage page = await _backplane.ReadAfterAsync(ids[0], 10, cancellationToken);

        Assert.That(page.Malformed, Is.EqualTo(2));
        AssertPage(page, [], JournalId.TryParse((string?)last, out JournalId id) ? id : default, reachesBack: true, hasMore: false);
    }

    [Test]
    public async Task Update_is_journalled_without_its_value(CancellationToken cancellationToken)
    {
        await _backplane.PublishAsync(Messages.Of(InvalidationKind.Update, new byte[100], "k"), cancellationToken);

        InvalidationMessage journalled = (await _backplane.ReadAfterAsync(JournalId.None, 1, cancellationToken)).Entries[0].Message;

        Assert.That(journalled.Kind, Is.EqualTo(InvalidationKind.Key));
        Assert.That(journalled.Payload.IsEmpty, Is.True);
        Assert.That(journalled.Version.Value, Is.EqualTo(7));
    }

    [Test]
    public async Task People_can_read_type_and_name_or_count_in_the_stream(CancellationToken cancellationToken)
    {
        await _backplane.PublishAsync(Messages.Of(InvalidationKind.Update, new byte[1], "k"), cancellationToken);
        await _backplane.PublishAsync(Messages.Of(InvalidationKind.Keys, null, "a", "b"), cancellationToken);
        await _backplane.PublishAsync(Messages.Of(InvalidationKind.All), cancellationToken);

        StreamEntry[] entries = await _database.StreamRangeAsync(_stream);

        Assert.That(entries.Select(entry => (string?)entry["type"]), Is.EqualTo(new[] { "update", "keys", "all" }));
        Assert.That((string?)entries[0]["name"], Is.EqualTo("k"));
        Assert.That((int)entries[1]["count"], Is.EqualTo(2));
    }

    private static void AssertPage(JournalPage page, string[] keys, JournalId last, bool reachesBack, bool hasMore)
    {
        Assert.That(page.Entries.Select(entry => entry.Message.Names[0]), Is.EqualTo(keys));
        Assert.That((page.Last, page.ReachesBack, page.HasMore), Is.EqualTo((last, reachesBack, hasMore)));
    }

    // Within one millisecond the server would give a lost id again; no real restart is that fast.
    private Task MillisecondAfterAsync(JournalId id) =>
        Eventually.TrueAsync(async () => await _backplane.ReadTimeAsync(default) > DateTimeOffset.FromUnixTimeMilliseconds(id.Time + 1), "a later millisecond");

    private async Task<JournalId[]> PublishAsync(int count)
    {
        var ids = new JournalId[count];
        for (int i = 0; i < count; i++)
            ids[i] = await _backplane.PublishAsync(Messages.Key($"k{i}"), default);
        return ids;
    }
}
