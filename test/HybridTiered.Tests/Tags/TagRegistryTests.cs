using System.Runtime.CompilerServices;
using HybridTiered.Entries;
using HybridTiered.Tags;

namespace HybridTiered.Tests.Tags;

[TestFixture, Category("Unit")]
public sealed class TagRegistryTests
{
    private TagRegistry _tags = null!;

    [SetUp]
    public void SetUp() => _tags = new TagRegistry();

    [Test]
    public void An_entry_is_dead_if_it_was_created_at_or_before_the_time_of_one_of_its_tags()
    {
        _tags.Invalidate("t", 100);
        TagCell[] cells = _tags.Cells(["other", "t"])!;

        Assert.That((_tags.IsDead("k", 99, cells), _tags.IsDead("k", 100, cells), _tags.IsDead("k", 101, cells), _tags.IsDead("k", 1, _tags.Cells(["other"]))),
            Is.EqualTo((true, true, false, false)));
    }

    [Test]
    public void The_wildcard_and_patterns_work_like_tags_that_nobody_has_to_carry()
    {
        _tags.Invalidate(TagRegistry.Wildcard, 10);
        _tags.Invalidate(new GlobPattern("user:*"), 20);

        Assert.That((_tags.IsDead("k", 10, null), _tags.IsDead("k", 11, null), _tags.IsDead("user:1", 20, null), _tags.IsDead("user:1", 21, null)),
            Is.EqualTo((true, false, true, false)));
    }

    [Test]
    public void An_earlier_time_changes_nothing_and_leaves_the_epoch()
    {
        _tags.Invalidate("t", 100);
        _tags.Invalidate(new GlobPattern("p*"), 100);
        long epoch = _tags.Epoch;

        _tags.Invalidate("t", 100);
        _tags.Invalidate("t", 50);
        _tags.Invalidate(new GlobPattern("p*"), 50);

        Assert.That((_tags.Epoch, _tags.Cell("t").InvalidatedAt, _tags.Patterns.Single().InvalidatedAt), Is.EqualTo((epoch, 100L, 100L)));
    }

    [Test]
    public void Every_new_time_moves_the_epoch_after_it_was_published()
    {
        long epoch = _tags.Epoch;
        using var stop = new CancellationTokenSource();
        var missed = new List<long>();
        var reader = new Thread(() =>
        {
            TagCell cell = _tags.Cell("t");
            while (!stop.IsCancellationRequested)
            {
                // Each invalidation raises the time by one and moves the epoch by one, in this order.
                long seen = _tags.Epoch;
                if (cell.InvalidatedAt < seen)
                    missed.Add(seen);
            }
        });
        reader.Start();

        for (long time = epoch + 1; time <= 20_000; time++)
            _tags.Invalidate("t", time);
        stop.Cancel();
        reader.Join();

        Assert.That((missed.Count, _tags.Epoch), Is.EqualTo((0, 20_000L)));
    }

    [Test]
    public void Beyond_1024_patterns_the_oldest_becomes_an_invalidation_of_everything_older()
    {
        for (int i = 0; i <= TagRegistry.MaximumPatterns; i++)
            _tags.Invalidate(new GlobPattern($"p{i}:*"), 100 + i);

        Assert.That(_tags.Patterns, Has.Count.EqualTo(1024));
        Assert.That((_tags.IsDead("p0:x", 100, null), _tags.IsDead("any", 100, null), _tags.IsDead("any", 101, null), _tags.IsDead("p1:x", 101, null)),
            Is.EqualTo((true, true, false, true)));
    }

    [Test]
    public void A_pattern_that_is_invalidated_again_is_remembered_once()
    {
        for (int i = 0; i < 2_000; i++)
            _tags.Invalidate(new GlobPattern("p*"), i + 1);

        Assert.That((_tags.Patterns.Count, _tags.Everything.InvalidatedAt), Is.EqualTo((1, 0L)));
    }

    [Test]
    public void Patterns_and_cells_older_than_said_are_forgotten_and_no_others()
    {
        _tags.Invalidate(new GlobPattern("old*"), 10);
        _tags.Invalidate(new GlobPattern("new*"), 20);

        _tags.Forget(patternsBefore: 20, tagsBefore: 0);

        Assert.That(_tags.Patterns.Single().Pattern.Text, Is.EqualTo("new*"));
    }

    [Test]
    public void Times_that_lie_in_the_future_are_moved_back_to_now_and_others_stay()
    {
        _tags.Invalidate(TagRegistry.Wildcard, 500);
        _tags.Invalidate("past", 50);
        _tags.Invalidate("future", 500);
        _tags.Invalidate(new GlobPattern("past*"), 50);
        _tags.Invalidate(new GlobPattern("future*"), 500);
        long epoch = _tags.Epoch;

        _tags.Cap(100);

        Assert.That(
            (_tags.Everything.InvalidatedAt, _tags.Cell("past").InvalidatedAt, _tags.Cell("future").InvalidatedAt), Is.EqualTo((100L, 50L, 100L)));
        Assert.That((_tags.Patterns[0].InvalidatedAt, _tags.Patterns[1].InvalidatedAt), Is.EqualTo((50L, 100L)));
        Assert.That(_tags.Epoch, Is.GreaterThan(epoch));
    }

    [Test]
    public void A_cell_nobody_holds_is_collected_and_leaves_the_registry()
    {
        WeakReference cell = MakeCell("unused");
        Collect();
        Assert.That(cell.IsAlive, Is.False);

        // The registry looks for such cells when it has grown by this many.
        TagCell[] held = [.. Enumerable.Range(0, 4_096).Select(i => _tags.Cell("t" + i))];

        Assert.That(_tags.TagCount, Is.EqualTo(held.Length));
        GC.KeepAlive(held);
    }

    [Test]
    public void A_cell_that_an_entry_holds_stays_the_one_cell_of_its_tag()
    {
        TagCell held = _tags.Cell("t");
        Collect();

        _tags.Invalidate("t", 100);

        Assert.That((_tags.Cell("t"), held.InvalidatedAt), Is.EqualTo((held, 100L)));
    }

    [Test]
    public void The_time_of_a_cell_that_nobody_holds_is_kept_until_it_is_forgotten()
    {
        _tags.Invalidate("t", 100);
        Collect();
        Assert.That(TimeOf("t"), Is.EqualTo(100));

        _tags.Forget(0, tagsBefore: 101);
        Collect();

        Assert.That(TimeOf("t"), Is.Zero);
    }

    [Test]
    public void All_who_ask_at_once_get_the_same_cell()
    {
        using var start = new Barrier(8);
        var cells = new TagCell[8];

        Thread[] threads = [.. Enumerable.Range(0, 8).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            cells[i] = _tags.Cell("t");
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();

        Assert.That(cells.Distinct().Count(), Is.EqualTo(1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference MakeCell(string tag) => new(_tags.Cell(tag));

    // A frame of its own, so that nothing here keeps the cell alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private long TimeOf(string tag) => _tags.Cell(tag).InvalidatedAt;

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
