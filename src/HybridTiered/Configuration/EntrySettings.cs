using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Configuration;

/// <summary>What holds for one entry, after the call, its policy and the defaults have had their say.</summary>
internal readonly record struct EntrySettings(
    HybridCacheEntryFlags Flags, TimeSpan Expiration, TimeSpan LocalExpiration, TimeSpan? Sliding, BroadcastMode Broadcast, bool Promote, bool ClusterFlight)
{
    public bool ReadsLocal => (Flags & HybridCacheEntryFlags.DisableLocalCacheRead) == 0;

    public bool WritesLocal => (Flags & HybridCacheEntryFlags.DisableLocalCacheWrite) == 0;

    public bool ReadsLower => (Flags & HybridCacheEntryFlags.DisableDistributedCacheRead) == 0;

    public bool WritesLower => (Flags & HybridCacheEntryFlags.DisableDistributedCacheWrite) == 0;

    public bool Computes => (Flags & HybridCacheEntryFlags.DisableUnderlyingData) == 0;
}
