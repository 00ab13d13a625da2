using HybridTiered.Entries;

namespace HybridTiered.Chain;

/// <summary>
/// The versions that a flight read from the tiers that had nothing for it, before it looked further down: what its writes to these tiers will name.
/// </summary>
internal sealed class WriteTickets(IReadOnlyList<GuardedTier> tiers, TimeProvider time)
{
    private readonly EntryVersion?[] _versions = new EntryVersion?[tiers.Count];
    private readonly long[] _takenAt = new long[tiers.Count];

    public async ValueTask TakeAsync(int index, string key, CancellationToken cancellationToken)
    {
        _takenAt[index] = time.GetTimestamp();
        _versions[index] = await tiers[index].ReadVersionAsync(key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The version to name, or <see langword="null"/> when there is none, or it is so old that the tier may have forgotten a removal since. A quarter
    /// of the tier's memory is left for the write to get there.
    /// </summary>
    public EntryVersion? For(int index) =>
        _versions[index] is { } version && time.GetElapsedTime(_takenAt[index]) < tiers[index].VersionRetention * 0.75 ? version : null;
}
