using HybridTiered.Chain;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Chain;

[TestFixture, Category("Unit")]
public sealed class RecentVersionsTests
{
    private static readonly bool[] Expected = [true, false, false, true, false, true];

    private readonly ManualTimeProvider _time = new();

    [Test]
    public void Only_what_is_newer_than_everything_remembered_of_a_key_is_the_newest()
    {
        var versions = new RecentVersions(_time);

        bool[] newest = [Note(versions, 5), Note(versions, 5), Note(versions, 4), Note(versions, 6), Note(versions, 5), versions.Note("other", new EntryVersion(1))];

        Assert.That(newest, Is.EqualTo(Expected));
    }

    [Test]
    public void An_invalidation_without_version_is_newer_than_anything_that_could_be_pushed_now()
    {
        var versions = new RecentVersions(_time);
        versions.Note("k", EntryVersion.None);

        Assert.That(Note(versions, long.MaxValue - 1), Is.False);
    }

    [Test]
    public void Every_invalidation_is_remembered_for_longer_than_a_push_may_take([Values(0L, 7L)] long version)
    {
        var versions = new RecentVersions(_time);
        versions.Note("k", new EntryVersion(version));
        _time.Advance(TimeSpan.FromSeconds(50));
        // The second one counts from its own time, even though it says nothing that was not known.
        versions.Note("k", new EntryVersion(version));
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.That(Note(versions, 6), Is.False);
        Assert.That(RecentVersions.PushDeadline, Is.LessThan(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public void After_a_minute_an_invalidation_is_forgotten()
    {
        var versions = new RecentVersions(_time);
        Note(versions, 7);
        _time.Advance(TimeSpan.FromSeconds(61));

        Assert.That(Note(versions, 6), Is.True);
    }

    [Test]
    public void When_some_had_to_be_forgotten_early_no_unknown_key_is_the_newest_for_a_minute()
    {
        var versions = new RecentVersions(_time, capacity: 2);
        foreach (string key in new[] { "a", "b", "c" })
            versions.Note(key, new EntryVersion(9));

        Assert.That(versions.Note("a", new EntryVersion(8)), Is.False);
        Assert.That(versions.Note("a", new EntryVersion(10)), Is.True, "this one is known again");
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.That(versions.Note("d", new EntryVersion(1)), Is.True);
    }

    private static bool Note(RecentVersions versions, long version) => versions.Note("k", new EntryVersion(version));
}
