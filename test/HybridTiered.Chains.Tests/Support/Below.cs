namespace HybridTiered.Chains.Tests.Support;

/// <summary>What is below memory.</summary>
public enum Below
{
    Nothing,
    Disk,
    Redis,
    Memcached,
    DistributedCache,
    Everything,
}
