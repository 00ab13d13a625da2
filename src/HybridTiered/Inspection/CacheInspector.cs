using HybridTiered.Chain;
using HybridTiered.Entries;
using HybridTiered.Invalidation;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Inspection;

/// <inheritdoc cref="ICacheInspector"/>
internal sealed class CacheInspector(TieredCache cache) : ICacheInspector
{
    // How much of a large store is looked at for popular keys. The map's order has nothing to do with keys or popularity, so its start is as good as any part.
    private const int SampleSize = 10_000;

    private readonly TierChain _chain = cache.Core.Chain;
    private readonly KeyFinder _finder = new(cache.Core.Chain);

    public string Name => _chain.Telemetry.CacheName;

    public TieredCache Cache => cache;

    public async ValueTask<IReadOnlyList<FoundEntry>> FindAsync(string key, bool values = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var found = new List<FoundEntry>(_finder.FindInMemory(key, values));
        if (!KeyRules.IsWellFormed(key))
            return found;
        foreach (GuardedTier tier in _chain.Lower)
        {
            if (await _finder.FindAsync(tier, key, values, cancellationToken).ConfigureAwait(false) is { } entry)
                found.Add(entry);
        }
        return found;
    }

    public IReadOnlyList<HotKey> SampleHotKeys(int maximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximum);
        var hottest = new PriorityQueue<MemoryEntry, long>();
        foreach (MemoryEntry entry in _chain.Memory.Store.Entries.Take(SampleSize))
        {
            if (entry.Frequency == 0)
                continue;
            hottest.Enqueue(entry, RankOf(entry));
            if (hottest.Count > maximum)
                hottest.Dequeue();
        }
        return
        [
            .. hottest.UnorderedItems.OrderByDescending(item => item.Priority).ThenBy(item => item.Element.Key, StringComparer.Ordinal)
                .Select(item => new HotKey(
                    MemoryKeys.UserKey(item.Element.Key).ToString(), item.Element.Frequency, item.Element.Queue == EntryQueueId.Main, item.Element.Size)),
        ];
    }

    public IReadOnlyList<FlightUnderWay> GetFlights(int maximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximum);
        long now = _chain.Clock.Now;
        return
        [
            .. _chain.Flights.UnderWay.OrderBy(flight => flight.Created).Take(maximum)
                .Select(flight => new FlightUnderWay(flight.Key, TimeSpan.FromTicks(Math.Max(0, now - flight.Created)), flight.Closed ? 0 : flight.Callers, flight.Tainted)),
        ];
    }

    public IReadOnlyList<InvalidationRecord> GetInvalidations(long after = 0) => _chain.Recent.After(after);

    private static long RankOf(MemoryEntry entry) => (2L * entry.Frequency) + (entry.Queue == EntryQueueId.Main ? 1 : 0);
}
