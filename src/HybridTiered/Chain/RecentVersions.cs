using HybridTiered.Entries;

namespace HybridTiered.Chain;

/// <summary>
/// The versions of the last minute's invalidations, this instance's own and the others'. A pushed value that arrives late, after the removal that overtook it, is
/// recognised by them even though L1 has nothing to compare it with.
/// </summary>
internal sealed class RecentVersions(TimeProvider time, bool isNeeded = true, int capacity = 10_000)
{
    /// <summary>A value is not pushed when it was written longer ago than this, so that receivers still remember what came after it.</summary>
    public static readonly TimeSpan PushDeadline = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(60);

    private static readonly EntryVersion Unknown = new(long.MaxValue);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (EntryVersion Version, long At)> _versions = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, long At)> _order = new();
    private long _forgotEarlyAt;
    private bool _forgotEarly;

    /// <summary>Notes an invalidation. One without version counts as newer than anything that could be pushed now.</summary>
    /// <returns>Whether it is newer than all that are remembered of the key, and nothing was forgotten too early to tell.</returns>
    public bool Note(string key, EntryVersion version)
    {
        // Without others nothing is ever pushed.
        if (!isNeeded)
            return true;
        EntryVersion noted = version.IsNone ? Unknown : version;
        lock (_lock)
        {
            Forget_NeedsLock();
            bool known = _versions.TryGetValue(key, out (EntryVersion Version, long At) last);
            if (known && noted < last.Version)
                return false;
            bool newer = !known || noted > last.Version;
            long now = time.GetTimestamp();
            _versions[key] = (noted, now);
            _order.Enqueue((key, now));
            return newer && (known || !_forgotEarly);
        }
    }

    /// <summary>
    /// Callers have seen a value of unknown version that L1 does not keep: nothing that could be pushed now is known to be newer than what they saw.
    /// </summary>
    public void NoteUnknown(string key) => Note(key, EntryVersion.None);

    private void Forget_NeedsLock()
    {
        long now = time.GetTimestamp();
        if (_forgotEarly && time.GetElapsedTime(_forgotEarlyAt, now) > Memory)
            _forgotEarly = false;
        while (_order.TryPeek(out (string Key, long At) oldest))
        {
            bool old = time.GetElapsedTime(oldest.At, now) > Memory;
            if (!old && _order.Count < capacity)
                return;
            if (!old)
                (_forgotEarly, _forgotEarlyAt) = (true, now);
            _order.Dequeue();
            if (_versions.TryGetValue(oldest.Key, out (EntryVersion Version, long At) last) && last.At == oldest.At)
                _versions.Remove(oldest.Key);
        }
    }
}
