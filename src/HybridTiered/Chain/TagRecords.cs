using System.Buffers.Binary;
using HybridTiered.Entries;
using HybridTiered.Tags;
using HybridTiered.Tiers;

namespace HybridTiered.Chain;

/// <summary>
/// The times of tags as they are stored in the tiers below L1: under <c>__MSFT_HCT__</c> and the tag, eight bytes of little-endian UTC ticks, kept for
/// 1000 days, as Microsoft's <c>HybridCache</c> does. An entry that comes out of a lower tier is believed only once the times of its tags are known.
/// </summary>
internal sealed class TagRecords(IReadOnlyList<GuardedTier> tiers, TagRegistry tags, CoarseClock clock, TimeSpan? refreshInterval)
{
    public const string KeyPrefix = "__MSFT_HCT__";

    private static readonly TierLifetime Lifetime = new(TimeSpan.FromDays(1000));

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Tag, long Generation), Task<bool>> _loading = [];
    private long _forgotten;

    // Without a backplane nobody tells this instance that a record has changed, so what was read grows old.
    private long Generation => Volatile.Read(ref _forgotten) + (refreshInterval is { } span ? clock.Now / (long)span.TotalMilliseconds : 0);

    /// <summary>Makes every record be read again before it is next relied upon.</summary>
    public void Forget() => Interlocked.Increment(ref _forgotten);

    /// <summary>Knows the stored times of everything and of the given tags.</summary>
    /// <returns>Whether they are known; if not, entries that depend on them cannot be believed.</returns>
    public ValueTask<bool> EnsureLoadedAsync(TagCell[]? cells)
    {
        long generation = Generation;
        return tags.Everything.LoadedGeneration == generation && AreLoaded(cells, generation)
            ? new ValueTask<bool>(true)
            : LoadAsync(cells ?? [], generation);
    }

    /// <summary>Stores the time of a tag in a tier. Throws what the tier throws.</summary>
    public static async ValueTask WriteAsync(GuardedTier tier, string tag, long utcTicks)
    {
        string key = tier.FullKey(KeyPrefix + tag);
        if (tier.Tier is ITagTimeTier raising)
        {
            await raising.RaiseTagTimeAsync(key, utcTicks, Lifetime, CancellationToken.None).ConfigureAwait(false);
            return;
        }
        var record = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(record, utcTicks);
        await tier.Tier.WriteAsync(key, record, Lifetime, CancellationToken.None).ConfigureAwait(false);
    }

    private static bool AreLoaded(ReadOnlySpan<TagCell> cells, long generation)
    {
        foreach (TagCell cell in cells)
        {
            if (cell.LoadedGeneration != generation)
                return false;
        }
        return true;
    }

    private async ValueTask<bool> LoadAsync(TagCell[] cells, long generation)
    {
        var loads = new List<Task<bool>>();
        foreach (TagCell cell in cells.Append(tags.Everything))
        {
            if (cell.LoadedGeneration != generation)
                loads.Add(LoadOnceAsync(cell, generation));
        }
        bool[] known = await Task.WhenAll(loads).ConfigureAwait(false);
        return Array.TrueForAll(known, k => k);
    }

    private Task<bool> LoadOnceAsync(TagCell cell, long generation)
    {
        lock (_lock)
        {
            if (!_loading.TryGetValue((cell.Tag, generation), out Task<bool>? loading))
                _loading[(cell.Tag, generation)] = loading = Task.Run(() => LoadAsync(cell, generation));
            return loading;
        }
    }

    private async Task<bool> LoadAsync(TagCell cell, long generation)
    {
        try
        {
            long latest = 0;
            bool known = false;
            foreach (GuardedTier tier in tiers)
            {
                long? time = await ReadAsync(tier, cell.Tag).ConfigureAwait(false);
                known |= time is not null;
                latest = Math.Max(latest, time ?? 0);
            }
            if (latest > 0)
                tags.Invalidate(cell.Tag, latest);
            if (known)
                cell.LoadedGeneration = generation;
            return known;
        }
        finally
        {
            lock (_lock)
                _loading.Remove((cell.Tag, generation));
        }
    }

    // Null when the tier could not say; 0 when it has no such record or one that is none.
    private static async ValueTask<long?> ReadAsync(GuardedTier tier, string tag)
    {
        long? time = null;
        await tier.TryAsync(TierWork.Read, "read a tag", tag, async (t, name) =>
        {
            using TierEntry entry = await t.Tier.ReadAsync(t.FullKey(KeyPrefix + name), TierRead.Data, CancellationToken.None).ConfigureAwait(false);
            time = entry.Data.Length == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(entry.Data.Span) : 0;
        }).ConfigureAwait(false);
        return time;
    }
}
