using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Chain;

[TestFixture, Category("Unit")]
public sealed class CoherenceStressTests
{
    [Test]
    public Task No_instance_reads_what_it_knows_to_be_outdated([Values(1)] int seed) => CoherenceStress.AssertCoherentAsync(seed, TimeSpan.FromSeconds(2));

    [Test]
    public async Task The_stress_finds_a_tier_that_ignores_versions()
    {
        IReadOnlyCollection<string> violations = await new CoherenceStress(seed: 5, new CarelessTier(TimeProvider.System)).RunAsync(TimeSpan.FromSeconds(30));

        TestContext.Out.WriteLine(violations.FirstOrDefault());
        Assert.That(violations, Is.Not.Empty);
    }
}
