using HybridTiered.Simulations.Policies;

namespace HybridTiered.Simulations.Tests.Policies;

[TestFixture, Category("Unit")]
public sealed class FrequencySketchTests
{
    [Test]
    public void It_counts_up_to_fifteen()
    {
        var sketch = new FrequencySketch(100);
        for (int i = 0; i < 3; i++)
            sketch.Count(1);
        for (int i = 0; i < 20; i++)
            sketch.Count(2);

        Assert.That((sketch.Estimate(1), sketch.Estimate(2), sketch.Estimate(3)), Is.EqualTo((3, 15, 0)));
    }

    [Test]
    public void Counts_are_halved_after_ten_per_entry_of_the_cache()
    {
        var sketch = new FrequencySketch(10);
        for (int i = 0; i < 8; i++)
            sketch.Count(1);
        for (int i = 0; i < 91; i++)
            sketch.Count(2 + (i / 15));
        Assert.That(sketch.Estimate(1), Is.EqualTo(8));

        sketch.Count(8);

        Assert.That(sketch.Estimate(1), Is.EqualTo(4));
    }

    [Test]
    public void It_never_counts_too_few()
    {
        var random = new Random(42);
        var sketch = new FrequencySketch(1_000);
        var counts = new int[2_000];
        for (int i = 0; i < 9_000; i++)
        {
            int key = (int)(counts.Length * Math.Pow(random.NextDouble(), 3));
            counts[key]++;
            sketch.Count(key);
        }

        Assert.That(Enumerable.Range(0, counts.Length).Where(key => sketch.Estimate(key) < Math.Min(15, counts[key])), Is.Empty);
    }
}
