using HybridTiered.Invalidation;

namespace HybridTiered;

/// <summary>What has happened between the instances since the cache was made.</summary>
public sealed record InvalidationStatistics
{
    /// <summary>Messages sent, by kind.</summary>
    public required IReadOnlyDictionary<InvalidationKind, long> Sent { get; init; }

    /// <summary>Messages of other instances applied, by kind.</summary>
    public required IReadOnlyDictionary<InvalidationKind, long> Received { get; init; }

    /// <summary>Whether there is a backplane.</summary>
    public bool HasBackplane { get; init; }

    /// <summary>Whether messages arrive now; true without a backplane.</summary>
    public required bool IsConnected { get; init; }

    /// <summary>Messages and journal entries that could not be understood.</summary>
    public long Malformed { get; init; }

    /// <summary>Messages that could not be applied; L1 was cleared for each.</summary>
    public long ProcessingErrors { get; init; }

    /// <summary>Failed attempts to send.</summary>
    public long PublishFaults { get; init; }

    /// <summary>Messages that wait to be sent.</summary>
    public int Unsent { get; init; }

    /// <summary>How often the journal was read.</summary>
    public long CatchUps { get; init; }

    /// <summary>How often the journal no longer reached back, so that L1 was cleared.</summary>
    public long JournalGaps { get; init; }

    /// <summary>The id up to which everything was applied.</summary>
    public JournalId JournalPosition { get; init; }

    /// <summary>
    /// Time since the journal was last read up to its end, or since the cache was made: whatever this instance may not have heard of is no older.
    /// <see langword="null"/> without a journal.
    /// </summary>
    public TimeSpan? JournalLag { get; init; }
}
