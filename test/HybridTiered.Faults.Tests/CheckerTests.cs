using HybridTiered.Load.Coherence;

namespace HybridTiered.Faults.Tests;

/// <summary>The checker against histories of which it is known what is wrong with them.</summary>
[TestFixture]
[Category("Unit")]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CheckerTests : IDisposable
{
    private const int Key = 3;

    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    private readonly string _file = Path.GetTempFileName();
    private readonly SharedBoard _board;
    private readonly CoherenceTally _tally = new();

    public CheckerTests()
    {
        _board = new SharedBoard(_file, workers: 2, keys: 8);
        _board.Change(Key);
        _board.Change(Key);
    }

    public void Dispose()
    {
        _board.Dispose();
        File.Delete(_file);
    }

    [Test]
    public void An_older_version_after_an_invalidation_of_the_same_instance_breaks_rule_a()
    {
        CoherenceChecker checker = Checker(Never);
        CoherenceChecker.ReadStart before = checker.Begin(Key);
        checker.NoteInvalidated(Key, 2);

        checker.End(Key, before, Value(1), _tally);
        Assert.That(_tally.Violations, Is.Zero, "it began before");
        Read(checker, 1);
        Assert.That(_tally.RuleA, Is.EqualTo(1));
        Read(checker, 2);
        Assert.That(_tally.RuleA, Is.EqualTo(1));
    }

    [Test]
    public void An_older_version_later_than_the_bound_breaks_rule_b()
    {
        CoherenceChecker strict = Checker(TimeSpan.Zero);
        CoherenceChecker generous = Checker(Never);
        _board.MakeComplete(Key, 2);

        Read(generous, 1);
        Assert.That((_tally.RuleB, _tally.OutOfDateReads), Is.EqualTo((0, 1)));
        Read(strict, 1);
        Assert.That(_tally.RuleB, Is.EqualTo(1));
    }

    [Test]
    public void Rule_b_does_not_hold_for_who_is_disconnected_or_frozen()
    {
        CoherenceChecker checker = Checker(TimeSpan.Zero);
        _board.MakeComplete(Key, 2);
        checker.NoteConnected(false);
        Read(checker, 1);
        checker.NoteConnected(true);
        _board.HoldUntil(0, long.MaxValue);
        Read(checker, 1);
        Assert.That(_tally.RuleB, Is.Zero);

        _board.HoldUntil(0, 0);
        Read(checker, 1);
        Assert.That(_tally.RuleB, Is.EqualTo(1));
    }

    [Test]
    public void An_older_version_after_a_newer_complete_one_was_shown_breaks_rule_d()
    {
        CoherenceChecker checker = Checker(Never);
        Read(checker, 2);
        Read(checker, 1);
        Assert.That((_tally.RuleD, _tally.WentBackEarly), Is.EqualTo((0, 1)), "its invalidation was not complete yet");
        _board.MakeComplete(Key, 2);
        Read(checker, 2);
        Read(checker, 1);
        Assert.That(_tally.RuleD, Is.EqualTo(1));
    }

    [Test]
    public void A_value_of_another_key_or_of_no_version_is_wrong()
    {
        CoherenceChecker checker = Checker(Never);
        checker.End(Key, checker.Begin(Key), CoherenceKeys.ValueOf(Key + 1, 1), _tally);
        Read(checker, 3);

        Assert.That(_tally.WrongValues, Is.EqualTo(2));
    }

    [Test]
    public void A_version_is_out_of_date_since_the_first_newer_one_was_complete()
    {
        for (int i = 0; i < 2 * SharedBoard.HistoryLength; i++)
            _board.Change(Key);
        long newest = _board.Read(Key);
        _board.MakeComplete(Key, newest - 1);
        long first = _board.OutOfDateSince(Key, newest - 3);
        _board.MakeComplete(Key, newest);

        Assert.That(_board.OutOfDateSince(Key, newest - 3), Is.EqualTo(first));
        Assert.That(_board.OutOfDateSince(Key, newest - 1), Is.GreaterThan(first));
        Assert.That(_board.OutOfDateSince(Key, newest), Is.EqualTo(long.MaxValue));
        Assert.That(_board.OutOfDateSince(Key, 1), Is.EqualTo(first), "as far as is remembered");
    }

    private static long Value(long version) => CoherenceKeys.ValueOf(Key, version);

    private CoherenceChecker Checker(TimeSpan bound) => new(_board, 0, bound);

    private void Read(CoherenceChecker checker, long version) => checker.End(Key, checker.Begin(Key), Value(version), _tally);
}
