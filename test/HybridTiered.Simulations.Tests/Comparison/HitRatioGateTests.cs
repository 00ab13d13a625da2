using System.Globalization;
using HybridTiered.Simulations.Comparison;
using HybridTiered.Simulations.Workloads;

namespace HybridTiered.Simulations.Tests.Comparison;

[TestFixture, Category("Unit")]
public sealed class HitRatioGateTests
{
    private static readonly Workload Any = new("any", 10, 10, []);

    [Test]
    public void L1_keeps_its_limit_on_every_workload_at_every_size()
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);

        int exitCode = HitRatioGate.Run(PublishedShapes.Standard.All, output);

        Assert.That(exitCode, Is.Zero, output.ToString());
        Assert.That(output.ToString().Split('\n').Count(line => line.TrimEnd().EndsWith("ok", StringComparison.Ordinal)), Is.EqualTo(9 * 4));
    }

    [TestCase(0.50, 0.40, 0.50)]
    [TestCase(0.40, 0.50, 0.495)]
    public void The_limit_is_all_of_LRU_and_nearly_all_of_WTinyLfu(double lru, double wTinyLfu, double limit) =>
        Assert.That(HitRatioLimit.For(Any, lru, wTinyLfu), Is.EqualTo(limit).Within(1e-9));

    [Test]
    public void Where_nothing_beats_LRU_it_need_not_quite_be_reached() =>
        Assert.That(HitRatioLimit.For(Any with { FavoursLru = true }, 0.50, 0.40), Is.EqualTo(0.49).Within(1e-9));

    [Test]
    public void A_workload_on_which_LRU_is_out_of_reach_is_short()
    {
        // What was asked for 50 requests ago is wanted again, and never anything else: twice what the small queue holds at first, and the run ends before it has grown.
        int[] trace = [.. Enumerable.Range(0, 3_000).Select(i => i % 2 == 0 ? 2_000 + (i / 2) : 1_980 + (i / 2))];
        using var output = new StringWriter(CultureInfo.InvariantCulture);

        int exitCode = HitRatioGate.Run([new Workload("Just out of reach", 4_000, 2_000, trace)], output);

        Assert.That((exitCode, output.ToString().Contains("SHORT", StringComparison.Ordinal)), Is.EqualTo((1, true)), output.ToString());
    }
}
