using HybridTiered.Load.Faults;

namespace HybridTiered.Faults.Tests;

[TestFixture]
[Category("Fault")]
[CancelAfter(180_000)]
public sealed class ScenarioTests
{
    private static IEnumerable<string> Names => Scenarios.All.Select(scenario => scenario.Name);

    [Test]
    public async Task Nothing_invalidated_is_served_whatever_fails([ValueSource(nameof(Names))] string name, CancellationToken cancellationToken)
    {
        Scenario scenario = Scenarios.All.Single(s => s.Name == name);

        FaultOutcome outcome = await Laboratory.RunAsync(scenario, ShortRun.Settings, ShortRun.Times, cancellationToken);

        Assert.That(outcome.Coherence.Tally.Violations, Is.Zero, ShortRun.Describe(outcome.Coherence.Tally));
        Assert.That(outcome.ReadsDuring, Is.Positive, "reads go on");
        Assert.That(outcome.Damaged, Is.Not.Zero, "the fault has come about");
        Assert.That(outcome.Coherence.HeapGrowth, Is.LessThan(FaultOutcome.LargestGrowth));
    }
}
