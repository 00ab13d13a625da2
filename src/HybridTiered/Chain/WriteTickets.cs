using HybridTiered.Entries;

namespace HybridTiered.Chain;

/// <summary>
/// The versions that a flight read from the tiers that had nothing for it, before it looked further down: what its writes to these tiers will name.
/// </summary>
internal sealed class WriteTickets(IReadOnlyList<GuardedTier> tiers, TimeProvider time)
{
    // Made by the first tier that misses; a hit in the first tier needs none.
    private (EntryVersion? Version, long TakenAt)[]? _tickets;

    public async ValueTask TakeAsync(int index, string key, CancellationToken cancellationToken)
    {
        (EntryVersion? Version, long TakenAt)[] tickets = _tickets ??= new (EntryVersion?, long)[tiers.Count];
        long now = time.GetTimestamp();
        tickets[index] = (await tiers[index].ReadVersionAsync(key, cancellationToken).ConfigureAwait(false), now);
    }

    /// <summary>Takes the version of a key in every tier that has versions.</summary>
    public async ValueTask TakeAllAsync(string key, CancellationToken cancellationToken)
    {
        for (int i = 0; i < tiers.Count; i++)
        {
            if (tiers[i].IsConditional)
                await TakeAsync(i, key, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The version to name, or <see langword="null"/> when it could not be read, or is so old that the tier has forgotten it: a write would be refused then, which says
    /// nothing about the value.
    /// </summary>
    public EntryVersion? For(int index) =>
        _tickets?[index] is { Version: { } version } ticket && time.GetElapsedTime(ticket.TakenAt) < tiers[index].VersionRetention ? version : null;
}
