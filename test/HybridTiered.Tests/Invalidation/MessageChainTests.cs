using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using static HybridTiered.Tests.Support.Invalidations;

namespace HybridTiered.Tests.Invalidation;

/// <summary>Every message says which entry of the journal it follows. So what was heard need not be read, and what was not heard is read at once.</summary>
[TestFixture, Category("Unit")]
public sealed class MessageChainTests
{
    private static readonly TimeSpan JournalInterval = TimeSpan.FromSeconds(5);

    private Cluster _cluster = null!;
    private ScriptedBackplane _backplane = null!;
    private InMemoryMachineTier _disk = null!;
    private TestCache _a = null!;
    private TestCache _b = null!;

    // A journal that has an entry already: what follows none is always looked after.
    [SetUp]
    public async Task CreateTwoInstances()
    {
        _cluster = new Cluster();
        _backplane = new ScriptedBackplane(_cluster.Hub.Connect());
        _disk = new InMemoryMachineTier(_cluster.Time);
        _a = await _cluster.AddAsync();
        await _a.Hybrid.RemoveAsync("before");
        _b = await _cluster.AddAsync(local: _disk, backplane: _backplane);
        await _cluster.SettleAsync();
        _cluster.Tick();
        _backplane.EntriesRead = 0;
    }

    [TearDown]
    public Task Close() => _cluster.DisposeAsync().AsTask();

    [Test]
    public async Task A_message_that_was_silently_lost_is_made_good_as_soon_as_the_next_arrives([ValueSource(typeof(Invalidations), nameof(All))] string kind)
    {
        await _b.Hybrid.SetAsync(Key, "old", tags: [Tag]);
        await _cluster.SettleAsync();
        _cluster.Tick();
        _backplane.ChangesDelivery = _ => [];
        await RunAsync(_a, kind);
        await _b.SettleAsync();
        Assert.That(await _b.FindAsync(Key), Is.EqualTo(("old", 1)), "nobody has noticed yet");

        _backplane.ChangesDelivery = null;
        await _a.Hybrid.RemoveAsync("next");
        await _b.SettleAsync();

        Assert.That((await _b.FindAsync(Key)).Value, Is.EqualTo(Outcome(kind)));
    }

    [Test]
    public async Task What_was_heard_is_not_read_from_the_journal()
    {
        long catchUps = _b.Statistics.Invalidations.CatchUps;
        for (int i = 0; i < 5_000; i++)
            await (i % 2 == 0 ? _a : _b).Hybrid.RemoveAsync("k");
        await _b.SettleAsync();
        Assert.That(_b.Statistics.Invalidations.CatchUps, Is.EqualTo(catchUps), "not even asked");
        _cluster.Time.Advance(JournalInterval);
        await _b.SettleAsync();

        Assert.That((_b.Statistics.Invalidations.CatchUps, _backplane.EntriesRead), Is.EqualTo((catchUps + 1, 0)));
        Assert.That(_b.Statistics.Invalidations.Received[InvalidationKind.Key], Is.EqualTo(2_500));
    }

    [Test]
    public async Task A_journal_much_shorter_than_what_is_heard_within_an_interval_leaves_no_gap()
    {
        await _b.Hybrid.SetAsync("innocent", "v");
        for (int i = 0; i < 100; i++)
        {
            await _a.Hybrid.RemoveAsync("k");
            _cluster.Hub.TrimJournal(1);
        }
        await _b.SettleAsync();
        _cluster.Time.Advance(JournalInterval);
        await _b.SettleAsync();

        Assert.That(_b.Statistics.Invalidations.JournalGaps, Is.Zero);
        Assert.That(await _b.FindAsync("innocent"), Is.EqualTo(("v", 1)));
    }

    [Test]
    public async Task A_backplane_that_does_not_tell_what_a_message_follows_is_read_at_the_interval_or_after_many()
    {
        _backplane.ChangesDelivery = received => [received with { Previous = null }];
        long catchUps = _b.Statistics.Invalidations.CatchUps;
        for (int i = 0; i < 3_999; i++)
            await _a.Hybrid.RemoveAsync("k");
        await _b.SettleAsync();
        Assert.That(_b.Statistics.Invalidations.CatchUps, Is.EqualTo(catchUps));

        await _a.Hybrid.RemoveAsync("k");
        await _b.SettleAsync();
        Assert.That((_b.Statistics.Invalidations.CatchUps, _backplane.EntriesRead), Is.EqualTo((catchUps + 1, 4_000)));
        await _a.Hybrid.RemoveAsync("k");
        await _b.SettleAsync();
        _cluster.Time.Advance(JournalInterval);
        await _b.SettleAsync();

        Assert.That((_b.Statistics.Invalidations.CatchUps, _backplane.EntriesRead), Is.EqualTo((catchUps + 2, 4_001)));
        Assert.That(_b.Statistics.Invalidations.Received[InvalidationKind.Key], Is.EqualTo(4_001));
    }

    [Test]
    public async Task A_missed_message_whose_journal_cannot_be_read_is_tried_again_once_a_tick()
    {
        await _b.Hybrid.SetAsync("k", "old");
        await _cluster.SettleAsync();
        _cluster.Tick();
        int attempts = 0;
        _backplane.ChangesPage = _ => throw new IOException($"attempt {++attempts}");
        _backplane.ChangesDelivery = _ => [];
        await _a.Hybrid.RemoveAsync("k");
        _backplane.ChangesDelivery = null;
        for (int i = 0; i < 10; i++)
            await _a.Hybrid.RemoveAsync("next");
        // To settle would be a tick.
        while (_b.Statistics.Invalidations.Received[InvalidationKind.Key] < 10)
            await Task.Yield();
        Assert.That(attempts, Is.EqualTo(1));

        _backplane.ChangesPage = null;
        await _b.ReceiveAsync();

        Assert.That((await _b.FindAsync("k")).Value, Is.Null);
        Assert.That(_b.Statistics.Invalidations.Received[InvalidationKind.Key], Is.EqualTo(11));
    }

    [Test]
    public async Task A_message_that_follows_an_earlier_entry_than_the_last_shows_at_once_that_the_server_went_back()
    {
        JournalId before = _b.Statistics.Invalidations.JournalPosition;
        await _a.Hybrid.RemoveAsync("lost");
        await _b.SettleAsync();
        JournalId lost = _b.Statistics.Invalidations.JournalPosition;
        _backplane.ChangesPage = page => page with { ReachesBack = false, WentBack = true };

        _backplane.Receiver!.Receive(new ReceivedInvalidation(lost with { Time = lost.Time + 1 }, MessageOf("k"), before));
        await _b.SettleAsync();

        Assert.That(_b.Statistics.Invalidations.JournalGaps, Is.EqualTo(1));
    }

    [Test]
    public async Task The_first_message_of_a_journal_that_was_emptied_has_it_read()
    {
        JournalId position = _b.Statistics.Invalidations.JournalPosition;
        long catchUps = _b.Statistics.Invalidations.CatchUps;

        _backplane.Receiver!.Receive(new ReceivedInvalidation(position with { Time = position.Time + 1 }, MessageOf("k"), JournalId.None));
        await _b.SettleAsync();

        Assert.That(_b.Statistics.Invalidations.CatchUps, Is.EqualTo(catchUps + 1));
    }

    [Test]
    public async Task The_first_message_of_an_empty_journal_has_it_read_as_it_may_not_have_been_the_first()
    {
        await using var cluster = new Cluster();
        TestCache a = await cluster.AddAsync();
        TestCache b = await cluster.AddAsync();

        await a.Hybrid.RemoveAsync("k");
        await b.SettleAsync();

        Assert.That((b.Statistics.Invalidations.CatchUps, b.Statistics.Invalidations.Received[InvalidationKind.Key]), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task A_machine_tier_is_told_how_far_messages_alone_have_led_and_only_once()
    {
        var positions = new List<string>();
        _ = new TierScript(_disk) { OnOperation = (operation, key) => Note(positions, operation, key) };
        await _a.Hybrid.RemoveAsync("k");
        await _b.SettleAsync();
        Assert.That(positions, Is.Empty, "not with every message");
        _cluster.Time.Advance(JournalInterval);
        await _b.SettleAsync();
        string last = _b.Statistics.Invalidations.JournalPosition.ToString();
        Assert.That(positions, Is.EqualTo(new[] { last }));

        _cluster.Time.Advance(JournalInterval);
        await _b.SettleAsync();

        Assert.That(positions, Is.EqualTo(new[] { last }));
    }

    [Test]
    public async Task Whatever_is_lost_repeated_or_swapped_every_message_is_applied_exactly_once([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        ReceivedInvalidation? held = null;
        bool tells = random.Next(4) > 0;
        _backplane.ChangesDelivery = Disturb;
        for (int i = 0; i < 300; i++)
        {
            switch (random.Next(20))
            {
                case 0:
                    _cluster.Time.Advance(JournalInterval);
                    break;
                case 1:
                    _backplane.Connection.Disconnect();
                    await _a.Hybrid.RemoveAsync("missed");
                    _backplane.Connection.Reconnect();
                    break;
                case 2:
                    _backplane.ChangesPage = _ => throw new IOException("scripted failure");
                    break;
                case 3:
                    _backplane.ChangesPage = null;
                    break;
                case 4:
                    await _b.ReceiveAsync();
                    break;
                default:
                    await _a.Hybrid.RemoveAsync("k");
                    break;
            }
        }
        _backplane.ChangesPage = null;
        _cluster.Time.Advance(JournalInterval);
        await _b.SettleAsync();

        Assert.That(
            (_b.Statistics.Invalidations.Received[InvalidationKind.Key] + 1, _b.Statistics.Invalidations.JournalGaps),
            Is.EqualTo((_a.Statistics.Invalidations.Sent[InvalidationKind.Key], 0)));

        IEnumerable<ReceivedInvalidation> Disturb(ReceivedInvalidation received)
        {
            if (!tells)
                received = received with { Previous = null };
            List<ReceivedInvalidation> now = [received];
            if (held is { } late)
                now.Add(late);
            held = null;
            switch (random.Next(8))
            {
                case 0:
                    now.Remove(received);
                    break;
                case 1:
                    now.Add(received);
                    break;
                case 2:
                    now.Remove(received);
                    held = received;
                    break;
            }
            return now;
        }
    }

    private static void Note(List<string> positions, string operation, string key)
    {
        if (operation == InMemoryMachineTier.WriteJournalPosition)
            positions.Add(key);
    }

    private static InvalidationMessage MessageOf(string key) => new(InvalidationKind.Key, 1, 1, [key]);
}
