using HybridTiered.Simulations.Policies;

namespace HybridTiered.Simulations.Tests.Policies;

/// <summary>The references on traces that were worked out by hand.</summary>
[TestFixture, Category("Unit")]
public sealed class ReferencePolicyTests
{
    private const int KeyCount = 10;

    // The reference string of Silberschatz, Galvin, Gagne, "Operating system concepts", on which three frames give 15, 12 and 9 faults.
    private static readonly int[] Textbook = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];

    [Test]
    public void Fifo_lets_the_key_go_that_came_first() =>
        Assert.That(Misses(new Fifo(3, KeyCount), Textbook), Is.EqualTo(15));

    [Test]
    public void Lru_lets_the_key_go_that_was_asked_for_least_recently() =>
        Assert.That(Misses(new Lru(3, KeyCount), Textbook), Is.EqualTo(12));

    [Test]
    public void Belady_lets_the_key_go_that_is_asked_for_last() =>
        Assert.That(Misses(new Belady(3, KeyCount, Textbook), Textbook), Is.EqualTo(9));

    [Test]
    public void Lru_keeps_what_was_hit()
    {
        var lru = new Lru(2, KeyCount);

        Assert.That(Hits(lru, 1, 2, 1, 3, 1, 2), Is.EqualTo("..h.h."));
    }

    [Test]
    public void WTinyLfu_lets_nothing_into_its_main_part_that_was_seen_less_often_than_what_would_go()
    {
        // A window of one key and a main part of three. Keys 1 to 3 fill the main part as the next ones push them out of the window, and were seen twice.
        var policy = new WTinyLfu(4, KeyCount);
        Assert.That(Hits(policy, 1, 2, 3, 4, 1, 2, 3), Is.EqualTo("....hhh"));

        // 4 to 7 were seen once each: whoever leaves the window is gone.
        Assert.That(Hits(policy, 5, 6, 7, 4, 1, 2, 3), Is.EqualTo("....hhh"));
    }

    [Test]
    public void WTinyLfu_lets_a_key_into_its_main_part_that_was_seen_more_often_than_what_has_to_go()
    {
        // 1 and 2 were hit once and are protected, 3 was seen once.
        var policy = new WTinyLfu(4, KeyCount);
        Assert.That(Hits(policy, 1, 2, 3, 4, 1, 2), Is.EqualTo("....hh"));

        // 5 is hit in the window, so when 6 pushes it out it takes the place of 3.
        Assert.That(Hits(policy, 5, 5, 6, 5, 3), Is.EqualTo(".h.h."));
    }

    [Test]
    public void WTinyLfu_protects_what_was_hit_in_its_main_part_and_demotes_the_least_recent_of_it()
    {
        // Two of the main part's three keys can be protected: the hit of 3 demotes 1, which was seen as often as 3.
        var policy = new WTinyLfu(4, KeyCount);
        Hits(policy, 1, 2, 3, 4, 1, 2, 3);

        // 5 was seen three times when it leaves the window, 1 twice.
        Assert.That(Hits(policy, 5, 5, 5, 6, 5, 2, 3, 1), Is.EqualTo(".hh.hhh."));
    }

    private static int Misses(IPolicy policy, int[] trace) => trace.Count(key => !policy.Access(key));

    private static string Hits(IPolicy policy, params int[] trace) => string.Concat(trace.Select(key => policy.Access(key) ? 'h' : '.'));
}
