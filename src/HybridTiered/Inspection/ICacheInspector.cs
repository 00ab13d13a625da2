using HybridTiered.Invalidation;

namespace HybridTiered.Inspection;

/// <summary>
/// A look into one cache for people who operate it. Every registered cache has one; <c>IEnumerable&lt;ICacheInspector&gt;</c> from the services has all of them.
/// Looking fills no tier and is in no statistics but those of faults.
/// </summary>
public interface ICacheInspector
{
    /// <summary>The name of the cache; <c>default</c> for the one without a name.</summary>
    string Name { get; }

    /// <summary>The cache.</summary>
    TieredCache Cache { get; }

    /// <summary>
    /// Looks a key up in every tier, whether its entry is alive or not. No life is extended, with one exception: bytes of the <c>IDistributedCache</c> face carry no header, so
    /// tiers are asked for what is left of their life, which counts as a read if they slide.
    /// </summary>
    /// <param name="key">The key as the application knows it.</param>
    /// <param name="values">Whether to copy what the entries hold.</param>
    /// <param name="cancellationToken">Cancels the reads.</param>
    /// <returns>One result per tier that has the key or could not be asked, from the top down; L1 may have it twice, once for each face.</returns>
    /// <exception cref="ArgumentException"><paramref name="key"/> is null or empty.</exception>
    ValueTask<IReadOnlyList<FoundEntry>> FindAsync(string key, bool values = false, CancellationToken cancellationToken = default);

    /// <summary>
    /// The keys of L1 that are read most, as far as the store's own bookkeeping tells; a store without any gives none. Walks over at most 10,000 entries.
    /// </summary>
    /// <param name="maximum">How many keys at most, 1 or more.</param>
    IReadOnlyList<HotKey> SampleHotKeys(int maximum);

    /// <summary>Flights under way, the longest first.</summary>
    /// <param name="maximum">How many at most, 1 or more.</param>
    IReadOnlyList<FlightUnderWay> GetFlights(int maximum);

    /// <summary>The last invalidations made here or received, oldest first; about 256 are remembered.</summary>
    /// <param name="after">The sequence number of the last one that the caller knows; 0 for none.</param>
    IReadOnlyList<InvalidationRecord> GetInvalidations(long after = 0);
}
