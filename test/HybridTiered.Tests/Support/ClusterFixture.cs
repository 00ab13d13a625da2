namespace HybridTiered.Tests.Support;

/// <summary>Gives each test a cluster of its own.</summary>
public abstract class ClusterFixture
{
    private protected Cluster Cluster { get; private set; } = null!;

    [SetUp]
    public void Create() => Cluster = new Cluster();

    [TearDown]
    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}
