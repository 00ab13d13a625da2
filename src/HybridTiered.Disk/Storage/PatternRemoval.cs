using HybridTiered.Entries;

namespace HybridTiered.Disk.Storage;

/// <summary>
/// A removal by pattern under way. The log asks it about every entry that it would carry over, because such an entry moves from where the
/// scan has not been to behind where the scan will end.
/// </summary>
internal sealed class PatternRemoval(GlobPattern pattern, string keepPrefix)
{
    private long _count;

    /// <summary>How many entries were removed.</summary>
    public long Count => Interlocked.Read(ref _count);

    public bool Matches(ReadOnlySpan<byte> key)
    {
        string text = EncodedKey.Decode(key);
        return pattern.Matches(text) && !(keepPrefix.Length > 0 && text.StartsWith(keepPrefix, StringComparison.Ordinal));
    }

    /// <summary>Whether a live entry is to go instead of being carried over; if so, it is counted.</summary>
    public bool Takes(ReadOnlySpan<byte> key)
    {
        bool matches = Matches(key);
        if (matches)
            Add(1);
        return matches;
    }

    public void Add(long removed) => Interlocked.Add(ref _count, removed);
}
