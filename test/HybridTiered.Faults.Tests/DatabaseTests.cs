using HybridTiered.Load.Faults;

namespace HybridTiered.Faults.Tests;

[TestFixture]
[Category("Fault")]
[CancelAfter(60_000)]
public sealed class DatabaseTests
{
    [TestCase(nameof(DatabaseFault.Failing))]
    [TestCase(nameof(DatabaseFault.Hanging))]
    [TestCase(nameof(DatabaseFault.Slow))]
    public async Task Every_read_is_answered_and_the_database_is_asked_once_per_throttle(string fault, CancellationToken cancellationToken)
    {
        DatabaseOutcome outcome = await new DatabaseRun(Enum.Parse<DatabaseFault>(fault), TimeSpan.FromSeconds(3), ShortRun.Seed).RunAsync(cancellationToken);

        Assert.That((outcome.Failed, outcome.Wrong), Is.EqualTo((0, 0)));
        Assert.That(outcome.StaleServed, Is.Positive);
        Assert.That(outcome.Calls, Is.Positive);
        Assert.That(outcome.ShortestInterval, Is.GreaterThanOrEqualTo(outcome.Throttle));
        Assert.That(outcome.NotRecovered, Is.Zero);
    }
}
