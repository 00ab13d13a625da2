using HybridTiered.Entries;

namespace HybridTiered.Tiers;

/// <summary>
/// A shared tier that can refuse a write made from outdated knowledge, by comparing versions on its own side.
/// </summary>
/// <remarks>
/// Who wants to write later asks for the version first, and leaves a mark with a version if the tier remembers nothing of the key. Whatever happens to the key then (a set, a
/// removal, even both with everything forgotten again) the tier no longer has that version, and refuses. Leases do the same in "Scaling Memcache at Facebook"
/// (Nishtala et al., NSDI 2013).
/// </remarks>
public interface IConditionalTier : ICacheTier
{
    /// <summary>
    /// How long the tier remembers a mark and, at least, the version of a removed key. A computation that took longer does not write to this tier.
    /// </summary>
    TimeSpan VersionRetention { get; }

    /// <summary>Reads the version of a key, which a later conditional write names. Leaves a mark, which reads as missing, where the tier remembers nothing of the key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The version, of a removed key too; never <see cref="EntryVersion.None"/>.</returns>
    ValueTask<EntryVersion> ReadVersionAsync(string key, CancellationToken cancellationToken);

    /// <summary>Writes one key if its version is still the expected one, atomically.</summary>
    /// <param name="key">The key.</param>
    /// <param name="data">The bytes, unchanged until the returned task has ended well (a refusal is no failure), and for good if it does not.</param>
    /// <param name="lifetime">How long to keep them.</param>
    /// <param name="expected">What <see cref="ReadVersionAsync"/> returned; <see cref="EntryVersion.None"/> to write only what the tier remembers nothing of.</param>
    /// <param name="cancellationToken">Cancels the wait; the write may have happened.</param>
    /// <returns>The new version, or <see langword="null"/> when the write was refused because the version had changed.</returns>
    ValueTask<EntryVersion?> WriteIfUnchangedAsync(
        string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, EntryVersion expected, CancellationToken cancellationToken);
}
