using HybridTiered.Entries;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Configuration;

/// <summary>What holds for one entry, after the call, its policy and the defaults have had their say.</summary>
internal readonly record struct EntrySettings(
    HybridCacheEntryFlags Flags, TimeSpan Expiration, TimeSpan LocalExpiration, TimeSpan? Sliding, BroadcastMode Broadcast, bool Promote, bool ClusterFlight, Resilience Resilience)
{
    public bool ReadsLocal => (Flags & HybridCacheEntryFlags.DisableLocalCacheRead) == 0;

    public bool WritesLocal => (Flags & HybridCacheEntryFlags.DisableLocalCacheWrite) == 0;

    public bool ReadsLower => (Flags & HybridCacheEntryFlags.DisableDistributedCacheRead) == 0;

    public bool WritesLower => (Flags & HybridCacheEntryFlags.DisableDistributedCacheWrite) == 0;

    public bool Compresses => (Flags & HybridCacheEntryFlags.DisableCompression) == 0;

    public bool Computes => (Flags & HybridCacheEntryFlags.DisableUnderlyingData) == 0;

    /// <summary>The same with lives shortened by as much as jitter wants.</summary>
    /// <param name="random">A number below its argument, at random.</param>
    public EntrySettings Jittered(Func<int, int> random)
    {
        const int Steps = 10_000;
        if (Resilience.Jitter <= 0)
            return this;
        double part = 1 - Resilience.Jitter * random(Steps) / Steps;
        return this with { Expiration = Lifetimes.Scale(Expiration, part), LocalExpiration = Lifetimes.Scale(LocalExpiration, part) };
    }

    /// <summary>When a hit refreshes an entry that lives in L1 for a time from now on; <see langword="null"/> for never.</summary>
    /// <param name="life">What is left of its life.</param>
    /// <param name="full">The life that it began with.</param>
    public TimeSpan? RefreshAfter(TimeSpan life, TimeSpan full)
    {
        if (Resilience.EagerRefresh <= 0)
            return null;
        TimeSpan after = life - full * (1 - Resilience.EagerRefresh);
        return after > TimeSpan.Zero ? after : TimeSpan.Zero;
    }
}
