using Pipelines.Sockets.Unofficial.Arenas;

namespace StandIns.Tests;

[TestFixture]
[Category("Unit")]
public class ArenaTests
{
    [Test]
    public void Runs_of_one_reply_do_not_overlap_even_when_the_block_grows()
    {
        using var arena = new Arena<int>(null, null);
        var runs = new List<Sequence<int>>();
        for (int n = 1; n <= 200; n++)
        {
            Sequence<int> run = arena.Allocate(n);
            for (int i = 0; i < n; i++)
                run[i] = n;
            runs.Add(run);
        }

        Assert.That(runs.Select(run => run.FirstSpan.ToArray()), Is.EqualTo(Enumerable.Range(1, 200).Select(n => Enumerable.Repeat(n, n).ToArray())));
    }

    [Test]
    public void Reset_hands_out_cleared_elements()
    {
        using var arena = new Arena<string?>(null, null);
        arena.Allocate(3).FirstSpan.Fill("stale");

        arena.Reset();

        Assert.That(arena.Allocate(3).FirstSpan.ToArray(), Is.All.Null);
    }

    [Test]
    public void Sequence_keeps_its_elements_through_its_untyped_form()
    {
        using var arena = new Arena<int>(null, null);
        arena.Allocate(1);
        Sequence<int> run = arena.Allocate(2);
        run[0] = 7;
        run[1] = 8;

        Sequence<int> back = run.Untyped().Cast<int>();

        Assert.That(back.ToArray((in int x) => x * 2), Is.EqualTo(new[] { 14, 16 }));
        Assert.That(back.ToArray((in int x, in int factor) => x * factor, 3), Is.EqualTo(new[] { 21, 24 }));
        Assert.That(back.Length, Is.EqualTo(2));
        Assert.That(default(Sequence<int>).IsEmpty, Is.True);
    }

    [Test]
    public void Sequence_is_enumerated_by_element_and_by_span()
    {
        using var arena = new Arena<int>(null, null);
        Sequence<int> run = arena.Allocate(3);
        int sum = 0;

        foreach (ref int element in run)
            element = 5;
        foreach (Span<int> span in run.Spans)
            sum += span[0] + span.Length;
        Sequence<int>.Enumerator elements = run.GetEnumerator();
        elements.GetNext() = 6;

        Assert.That(sum, Is.EqualTo(8));
        Assert.That(run.FirstSpan.ToArray(), Is.EqualTo(new[] { 6, 5, 5 }));
    }
}
