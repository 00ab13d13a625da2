using HybridTiered.Invalidation;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Support;

/// <summary>An <see cref="InMemoryTier"/> that stands for a disk: it follows the journal, and a test can keep it across two caches.</summary>
public sealed class InMemoryMachineTier(TimeProvider time) : InMemoryTier(time, TierReach.Machine), IJournalFollower
{
    public const string ReadJournalPosition = nameof(ReadJournalPosition);
    public const string WriteJournalPosition = nameof(WriteJournalPosition);
    public const string ClearAll = nameof(ClearAll);

    private readonly Lock _positionLock = new();
    private JournalId _position;

    public async ValueTask<JournalId> ReadJournalPositionAsync(CancellationToken cancellationToken)
    {
        await EnterAsync(ReadJournalPosition, "", cancellationToken);
        lock (_positionLock)
            return _position;
    }

    public async ValueTask WriteJournalPositionAsync(JournalId position, CancellationToken cancellationToken)
    {
        await EnterAsync(WriteJournalPosition, position.ToString(), cancellationToken);
        lock (_positionLock)
            _position = position;
    }

    public async ValueTask ClearAsync(CancellationToken cancellationToken)
    {
        await EnterAsync(ClearAll, "", cancellationToken);
        Clear();
    }
}
