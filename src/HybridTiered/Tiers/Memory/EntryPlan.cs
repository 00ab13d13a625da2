using HybridTiered.Entries;

namespace HybridTiered.Tiers.Memory;

/// <summary>The part of an entry that only entries have which do more than wait for their end: slide, idle, refresh themselves early, or outlive it.</summary>
internal sealed class EntryPlan
{
    private int _refreshClaimed;

    /// <summary>Time without a read after which the entry expires; 0 without one.</summary>
    public long SlidingMilliseconds { get; init; }

    /// <summary>Time without a read after which memory may be freed; 0 without one.</summary>
    public long IdleMilliseconds { get; init; }

    /// <summary>The moment on the coarse clock beyond which no read extends the entry.</summary>
    public required long AbsoluteEnd { get; init; }

    /// <summary>When the value expires, on the coarse clock; reads may move it.</summary>
    public long ExpiresAt { get; set; }

    /// <summary>The moment on the coarse clock up to which the expired entry is kept for fail-safe; 0 when it is not.</summary>
    public long KeptUntil { get; init; }

    /// <summary>The moment on the coarse clock from which a hit refreshes the entry; <see cref="CoarseClock.Never"/> when none does.</summary>
    public long RefreshAt { get; init; } = CoarseClock.Never;

    /// <summary>What the source said about the version of the value.</summary>
    public EntryValidators? Validators { get; init; }

    /// <summary>When the lower tiers were last told that the entry is in use, on the coarse clock.</summary>
    public long LowerTiersRefreshedAt { get; set; }

    /// <summary>Whether the value has expired and is served in place of one that could not be had.</summary>
    public bool IsStale { get; set; }

    /// <summary>Whether a hit should refresh the entry now.</summary>
    public bool IsRefreshDue(long now) => now >= RefreshAt && Volatile.Read(ref _refreshClaimed) == 0;

    /// <summary>Whether the caller is the one to refresh the entry; there is one for each entry.</summary>
    public bool TryClaimRefresh() => Interlocked.Exchange(ref _refreshClaimed, 1) == 0;
}
