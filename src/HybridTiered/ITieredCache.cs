using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered;

/// <summary>What <see cref="TieredCache"/> can do beyond <see cref="HybridCache"/>. Both are registered and are the same cache.</summary>
public interface ITieredCache
{
    /// <summary>Looks a key up in every tier without computing it.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="options">Options for the entry, should it be promoted.</param>
    /// <param name="cancellationToken">Cancels this call's wait.</param>
    /// <returns>The value and the tier it was found in, or a result that is not found.</returns>
    ValueTask<CacheResult<T>> TryGetAsync<T>(string key, HybridCacheEntryOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Like <c>GetOrCreateAsync</c>, and also tells where the value came from.</summary>
    /// <typeparam name="TState">The type of <paramref name="state"/>.</typeparam>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="state">Passed to <paramref name="factory"/>, so that it need not capture anything.</param>
    /// <param name="factory">Computes the value when no tier has it. Its token fires when no caller waits any more.</param>
    /// <param name="options">Options for the entry.</param>
    /// <param name="tags">Tags of the entry.</param>
    /// <param name="cancellationToken">Cancels this call's wait.</param>
    /// <exception cref="ArgumentException">A tag is null, empty, blank or <c>*</c>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time in <paramref name="options"/> is zero or negative.</exception>
    ValueTask<CacheResult<T>> GetOrCreateResultAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null, CancellationToken cancellationToken = default);

    /// <summary>Looks many keys up, with one read per tier.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="keys">The keys; duplicates count once.</param>
    /// <param name="options">Options for the entries, should they be promoted.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What was found, by key.</returns>
    ValueTask<IReadOnlyDictionary<string, T>> GetManyAsync<T>(
        IEnumerable<string> keys, HybridCacheEntryOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Looks many keys up, and computes all that are missing in one call.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="keys">The keys; duplicates count once.</param>
    /// <param name="factory">Computes the keys it is given. What it leaves out is missing in the result too, and nothing is stored for it.</param>
    /// <param name="options">Options for the entries.</param>
    /// <param name="tags">Tags of the entries.</param>
    /// <param name="cancellationToken">Cancels the call; passed to <paramref name="factory"/>.</param>
    /// <returns>What was found or computed, by key.</returns>
    ValueTask<IReadOnlyDictionary<string, T>> GetOrCreateManyAsync<T>(
        IEnumerable<string> keys, Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, T>>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default);

    /// <summary>Sets a value and pushes it into the L1 of every instance (<see cref="BroadcastMode.Update"/>).</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="options">Options for the entry.</param>
    /// <param name="tags">Tags of the entry.</param>
    /// <param name="cancellationToken">Cancels the call before it has begun to change anything.</param>
    ValueTask UpdateAsync<T>(
        string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Stores a value that the caller has computed without a factory, as the flight of a factory would: other instances keep what they have, and what was
    /// invalidated by tag, by pattern or as a whole while the value was computed is not stored.
    /// </summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="computationTime">How long ago the computation began, before it read anything. Not negative.</param>
    /// <param name="options">Options for the entry; its life is counted from now.</param>
    /// <param name="tags">Tags of the entry.</param>
    /// <param name="cancellationToken">Cancels the call before it has begun to change anything.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="computationTime"/> is negative, or a time in <paramref name="options"/> is not positive.</exception>
    ValueTask SetComputedAsync<T>(
        string key, T value, TimeSpan computationTime, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default);

    /// <summary>Invalidates every entry whose key matches, on every instance. What shared tiers hold of them is deleted behind the call.</summary>
    /// <param name="pattern"><c>*</c> any characters, <c>?</c> one, <c>[abc]</c> <c>[a-c]</c> <c>[^a]</c> one of or not of a set, <c>\</c> takes the next literally.</param>
    /// <param name="cancellationToken">Cancels the call before it has begun to change anything.</param>
    /// <exception cref="ArgumentException"><paramref name="pattern"/> is null or empty.</exception>
    /// <exception cref="Chain.InvalidationIncompleteException">A tier or the backplane failed; what could not be done is tried again.</exception>
    ValueTask RemoveByPatternAsync(string pattern, CancellationToken cancellationToken = default);

    /// <summary>Invalidates everything, on every instance. What shared tiers hold is deleted behind the call.</summary>
    /// <param name="cancellationToken">Cancels the call before it has begun to change anything.</param>
    /// <exception cref="Chain.InvalidationIncompleteException">A tier or the backplane failed; what could not be done is tried again.</exception>
    ValueTask ClearAsync(CancellationToken cancellationToken = default);

    /// <summary>What has happened since the cache was made.</summary>
    CacheStatistics GetStatistics();
}
