using System.Diagnostics;

namespace HybridTiered.Load.Coherence;

/// <summary>
/// Updates whose invalidation is not complete, as their callers were told. It is once the instance has nothing pending any more, so that is looked for.
/// </summary>
internal sealed class UnsettledUpdates(SharedBoard board, TieredCache cache)
{
    // A removal that has been made good is no longer pending, and is told to the others right after.
    private static readonly TimeSpan Telling = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly List<(int Key, long Version, bool Unlocks)> _waiting = [];
    private long _idleSince;

    public int Count
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>Whether the instance has carried out everything that it was asked to.</summary>
    public static bool IsIdle(CacheStatistics statistics) =>
        statistics.Invalidations.Unsent == 0 && statistics.Tiers.All(tier => tier.PendingInvalidations == 0);

    /// <param name="key">The key.</param>
    /// <param name="version">Its version.</param>
    /// <param name="unlocks">Whether the key is locked until then.</param>
    public void Add(int key, long version, bool unlocks)
    {
        lock (_lock)
        {
            _waiting.Add((key, version, unlocks));
            _idleSince = 0;
        }
    }

    /// <summary>Looks whether they are complete by now. To be called often.</summary>
    public void Look()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
                return;
            if (!IsIdle(cache.GetStatistics()))
            {
                _idleSince = 0;
                return;
            }
            if (_idleSince == 0)
                _idleSince = Stopwatch.GetTimestamp();
            if (Stopwatch.GetElapsedTime(_idleSince) < Telling)
                return;
            foreach ((int key, long version, bool unlocks) in _waiting)
            {
                board.MakeComplete(key, version);
                if (unlocks)
                    board.Unlock(key);
            }
            _waiting.Clear();
        }
    }
}
