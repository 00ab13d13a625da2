namespace HybridTiered.Tests.Chain;

[TestFixture, Category("Slow")]
public sealed class CoherenceLongStressTests
{
    [Test]
    public Task No_instance_reads_what_it_knows_to_be_outdated([Values(11, 12)] int seed) => CoherenceStress.AssertCoherentAsync(seed, TimeSpan.FromSeconds(10));
}
