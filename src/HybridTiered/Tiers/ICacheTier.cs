using HybridTiered.Entries;

namespace HybridTiered.Tiers;

/// <summary>
/// A tier below L1: keeps bytes under a key for a time. Optional abilities are further interfaces on the same object
/// (<see cref="IConditionalTier"/>, <see cref="IBulkTier"/>, <see cref="IPatternTier"/>, <see cref="IRefreshableTier"/>,
/// <see cref="ITagTimeTier"/>, <see cref="IMeasuredTier"/>, <see cref="Invalidation.IJournalFollower"/>); the chain works without any of them.
/// </summary>
/// <remarks>
/// Implementations are thread-safe and do not retry, log or swallow: a fault is thrown and the chain decides. Constructors touch no
/// server and no file; the first operation connects. Keys are any non-null strings without lone surrogates, case-sensitive.
/// <para>
/// The bytes of a write belong to the caller, who may use their memory again once the write has ended well or with <see cref="EntryTooLargeException"/>. If it ended
/// otherwise, or the caller has stopped waiting, they stay as they are for good: what is still on its way somewhere needs no copy of them.
/// </para>
/// </remarks>
public interface ICacheTier : IAsyncDisposable
{
    /// <summary>Who shares this tier.</summary>
    TierReach Reach { get; }

    /// <summary>Reads one key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="read">What is needed of the entry.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The entry, to be disposed by the caller, or <see cref="TierEntry.Missing"/> when there is none or it has expired.</returns>
    ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken);

    /// <summary>Writes one key whatever was there, and gives it a new version where the tier has versions.</summary>
    /// <param name="key">The key.</param>
    /// <param name="data">The bytes, unchanged until the returned task has ended well, and for good if it does not. May be empty.</param>
    /// <param name="lifetime">How long to keep them.</param>
    /// <param name="cancellationToken">Cancels the wait; the write may have happened.</param>
    /// <returns>The new version, or <see cref="EntryVersion.None"/> from a tier without versions.</returns>
    ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken);

    /// <summary>Removes one key, and gives it a new version where the tier has versions. Removing what is not there is no fault.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Cancels the wait; the removal may have happened.</param>
    /// <returns>The new version, or <see cref="EntryVersion.None"/> from a tier without versions.</returns>
    ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken);
}
