using HybridTiered.Entries;

namespace HybridTiered.Chain;

/// <summary>
/// The versions that a flight read from the tiers that had nothing for it, before it looked further down: what its writes to these tiers will name.
/// </summary>
internal sealed class WriteTickets(IReadOnlyList<GuardedTier> tiers)
{
    // Made by the first tier that misses; a hit in the first tier needs none.
    private EntryVersion?[]? _versions;

    public async ValueTask TakeAsync(int index, string key, CancellationToken cancellationToken)
    {
        EntryVersion?[] versions = _versions ??= new EntryVersion?[tiers.Count];
        versions[index] = await tiers[index].ReadVersionAsync(key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The version to name, or <see langword="null"/> when it could not be read.</summary>
    public EntryVersion? For(int index) => _versions?[index];
}
