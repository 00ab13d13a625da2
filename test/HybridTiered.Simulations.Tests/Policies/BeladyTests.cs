using HybridTiered.Simulations.Comparison;
using HybridTiered.Simulations.Policies;
using HybridTiered.Simulations.Workloads;

namespace HybridTiered.Simulations.Tests.Policies;

[TestFixture, Category("Unit")]
public sealed class BeladyTests
{
    [Test]
    public void No_policy_hits_more_often([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        int keyCount = random.Next(5, 200);
        int[] trace = [.. Enumerable.Range(0, 5_000).Select(_ => (int)(keyCount * Math.Pow(random.NextDouble(), random.Next(1, 5))))];
        var workload = new Workload("random", keyCount, 100, trace);
        for (int percent = 2; percent < keyCount; percent += random.Next(1, 10))
        {
            double optimum = Contender.Optimum.HitRatio(workload, percent);
            foreach (Contender contender in Contender.All)
                Assert.That(contender.HitRatio(workload, percent), Is.LessThanOrEqualTo(optimum), $"{contender.Name}, seed {seed}, {percent} of {keyCount} keys");
        }
    }

    [Test]
    public void No_choice_of_victims_hits_more_often([Range(1, 20)] int seed)
    {
        const int KeyCount = 5;
        var random = new Random(seed);
        int[] trace = [.. Enumerable.Range(0, 14).Select(_ => random.Next(KeyCount))];
        foreach (int capacity in new[] { 1, 2, 3 })
        {
            var belady = new Belady(capacity, KeyCount, trace);

            int hits = trace.Count(belady.Access);

            Assert.That(hits, Is.EqualTo(MostHits(trace, [], capacity)), $"seed {seed}, capacity {capacity}");
        }
    }

    /// <summary>The hits of the best choice, found by trying all.</summary>
    private static int MostHits(ReadOnlySpan<int> trace, HashSet<int> kept, int capacity)
    {
        if (trace.IsEmpty)
            return 0;
        if (kept.Contains(trace[0]))
            return 1 + MostHits(trace[1..], kept, capacity);
        if (kept.Count < capacity)
            return MostHits(trace[1..], [.. kept, trace[0]], capacity);
        int most = 0;
        foreach (int victim in kept)
            most = Math.Max(most, MostHits(trace[1..], [.. kept.Where(k => k != victim), trace[0]], capacity));
        return most;
    }
}
