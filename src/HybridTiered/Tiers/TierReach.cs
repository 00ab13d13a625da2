namespace HybridTiered.Tiers;

/// <summary>Who shares a tier, and therefore who has to be told when something in it dies.</summary>
public enum TierReach
{
    /// <summary>This process alone (memory). Cleared when invalidations may have been missed.</summary>
    Process,

    /// <summary>This machine (disk). Survives the process, so it remembers how far it has followed the journal.</summary>
    Machine,

    /// <summary>Every instance (Redis, Memcached, any <c>IDistributedCache</c>). Only the invalidating instance touches it.</summary>
    Shared,
}
