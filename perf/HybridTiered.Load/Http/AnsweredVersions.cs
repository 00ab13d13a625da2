namespace HybridTiered.Load.Http;

/// <summary>
/// For each product the newest version that a PUT was answered with. A read that begins later must not show
/// an older one.
/// </summary>
internal sealed class AnsweredVersions(int products)
{
    private readonly long[] _versions = new long[products + 1];

    /// <summary>What a read that begins now has to show at least.</summary>
    public long this[int id] => Volatile.Read(ref _versions[id]);

    /// <summary>A PUT was answered.</summary>
    public void Note(int id, long version)
    {
        for (long seen = this[id]; seen < version;)
        {
            long before = Interlocked.CompareExchange(ref _versions[id], version, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
