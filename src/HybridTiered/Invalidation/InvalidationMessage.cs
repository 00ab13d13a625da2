using HybridTiered.Entries;

namespace HybridTiered.Invalidation;

/// <summary>One invalidation as it travels from the instance that made it to the others, over the backplane and in the journal.</summary>
public sealed class InvalidationMessage
{
    /// <summary>Creates a message.</summary>
    /// <param name="kind">What is invalidated.</param>
    /// <param name="origin">The instance it comes from.</param>
    /// <param name="timestamp">When, in UTC ticks on the cluster's clock.</param>
    /// <param name="names">The keys, tags or patterns; empty for <see cref="InvalidationKind.All"/>.</param>
    /// <param name="version">The version that the shared tier gave to the key, if it gave one.</param>
    /// <param name="payload">The new value of an update, encoded with its header.</param>
    public InvalidationMessage(
        InvalidationKind kind, long origin, long timestamp, IReadOnlyList<string> names, EntryVersion version = default, ReadOnlyMemory<byte> payload = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        Kind = kind;
        Origin = origin;
        Timestamp = timestamp;
        Names = names;
        Version = version;
        Payload = payload;
    }

    /// <summary>What is invalidated.</summary>
    public InvalidationKind Kind { get; }

    /// <summary>Whether it is a time that entries are compared with; all else names its keys, which versions order.</summary>
    internal bool IsATime => Kind is InvalidationKind.Tag or InvalidationKind.Pattern or InvalidationKind.All;

    /// <summary>The random number of the cache instance that sent it; receivers drop their own.</summary>
    public long Origin { get; }

    /// <summary>When the invalidation was made, in UTC ticks on the cluster's clock.</summary>
    public long Timestamp { get; }

    /// <summary>The keys, tags or patterns; empty for <see cref="InvalidationKind.All"/>.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The version that the shared tier gave to the one key of a <see cref="InvalidationKind.Key"/> or <see cref="InvalidationKind.Update"/>.</summary>
    public EntryVersion Version { get; }

    /// <summary>The new value of an <see cref="InvalidationKind.Update"/>, encoded with its header; otherwise empty.</summary>
    public ReadOnlyMemory<byte> Payload { get; }
}
