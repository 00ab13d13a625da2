using HybridTiered.Simulations.Workloads;

namespace HybridTiered.Simulations.Tests.Workloads;

[TestFixture, Category("Unit")]
public sealed class PublishedShapesTests
{
    private const int KeySpace = 2_000;
    private const int Requests = 100_000;

    private readonly PublishedShapes _shapes = new(KeySpace, Requests);

    [Test]
    public void Every_run_has_the_same_requests_for_keys_in_range()
    {
        foreach ((Workload once, Workload again) in _shapes.All.Zip(new PublishedShapes(KeySpace, Requests).All))
        {
            Assert.That(once.Trace, Is.EqualTo(again.Trace), once.Name);
            Assert.That(once.Trace, Has.Length.EqualTo(Requests), once.Name);
            Assert.That((once.Trace.Min() >= 0, once.Trace.Max() < once.KeyCount), Is.EqualTo((true, true)), once.Name);
        }
    }

    [TestCase(0.7)]
    [TestCase(0.9)]
    [TestCase(1.1)]
    public void The_second_most_popular_key_of_Zipf_is_as_often_asked_for_as_its_exponent_says(double exponent)
    {
        int[] counts = [.. _shapes.Zipf(exponent).Trace.CountBy(k => k).Select(p => p.Value).OrderDescending()];

        Assert.That((double)counts[1] / counts[0], Is.EqualTo(Math.Pow(2, -exponent)).Within(0.1));
        Assert.That((double)counts[9] / counts[0], Is.EqualTo(Math.Pow(10, -exponent)).Within(0.05));
    }

    [Test]
    public void What_a_scan_asks_for_is_asked_for_once()
    {
        Workload scan = _shapes.ScanOverZipf();

        int[] scanned = [.. scan.Trace.Where(k => k >= KeySpace)];

        Assert.That(scanned, Is.Unique);
        Assert.That(scanned, Has.Length.EqualTo(10 * KeySpace / 2));
        Assert.That(scan.KeyCount, Is.EqualTo(KeySpace + scanned.Length));
    }

    [Test]
    public void The_hot_keys_of_one_phase_are_not_those_of_the_next()
    {
        foreach (Workload workload in new[] { _shapes.ShiftingHotSet(), _shapes.ShiftingEvenHotSet() })
        {
            int[][] mostPopular = [.. workload.Trace.Chunk(Requests / 20).Select(phase =>
                phase.CountBy(k => k).OrderByDescending(p => p.Value).Take(KeySpace / 50).Select(p => p.Key).ToArray())];

            for (int i = 1; i < mostPopular.Length; i++)
                Assert.That(mostPopular[i][0], Is.Not.AnyOf(mostPopular[i - 1].Cast<object>().ToArray()), $"{workload.Name}, phase {i}");
        }
    }

    [Test]
    public void Files_are_read_from_block_to_block()
    {
        int[] trace = _shapes.Sprite().Trace;

        int sequential = Enumerable.Range(1, trace.Length - 1).Count(i => trace[i] == trace[i - 1] + 1);

        Assert.That((double)sequential / trace.Length, Is.GreaterThan(0.8));
    }
}
