using HybridTiered.Load.Coherence;
using HybridTiered.TestServers.Network;
using HybridTiered.TestServers.Redis;

namespace HybridTiered.Faults.Tests;

[TestFixture]
[Category("Fault")]
[CancelAfter(120_000)]
public sealed class CoherenceTests
{
    private const long Reads = 100_000;

    [Test]
    public async Task Instances_that_invalidate_at_random_never_show_what_they_must_not(CancellationToken cancellationToken)
    {
        await using RedisServer redis = await RedisServer.StartAsync();

        CoherenceTally tally = await RunAsync(ShortRun.Settings, redis.EndPoint, Reads, cancellationToken);

        Assert.That(tally.Reads, Is.GreaterThanOrEqualTo(Reads));
        Assert.That(tally.Updates, Is.Positive);
        Assert.That(tally.Violations, Is.Zero, ShortRun.Describe(tally));
    }

    /// <summary>
    /// Without versions a computation that began before an invalidation elsewhere is stored after it, until its own instance hears of the invalidation, which is made late here.
    /// </summary>
    [Test]
    public async Task Without_conditional_writes_violations_are_found(CancellationToken cancellationToken)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using TcpProxy proxy = await TcpProxy.StartAsync(redis.Port, ShortRun.Seed);
        proxy.Fault = TrafficFault.Delay;
        CoherenceSettings settings = ShortRun.Settings with { Conditional = false, Updates = 2000, Keys = 32 };

        CoherenceTally tally = await RunAsync(settings, proxy.EndPoint, 2 * Reads, cancellationToken);

        Assert.That(tally.RuleA, Is.Positive, ShortRun.Describe(tally));
    }

    private static async Task<CoherenceTally> RunAsync(CoherenceSettings settings, string redis, long reads, CancellationToken cancellationToken)
    {
        using CoherenceRun run = await CoherenceRun.StartAsync(settings, redis, "", cancellationToken);
        run.LetLoose();
        await run.WhenReadAsync(reads, cancellationToken);
        return new CoherenceOutcome(await run.FinishAsync(cancellationToken)).Tally;
    }
}
