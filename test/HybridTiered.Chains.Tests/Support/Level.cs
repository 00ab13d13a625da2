namespace HybridTiered.Chains.Tests.Support;

/// <summary>The tiers below memory, from the top down.</summary>
public enum Level
{
    Disk = 2,
    Redis = 3,
    Memcached = 4,
}
