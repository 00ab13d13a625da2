namespace HybridTiered.Invalidation;

/// <summary>One cache's connection to an <see cref="InProcessBackplane"/>. Tests take it down and up again.</summary>
public abstract class InProcessConnection : IBackplane, IJournal, IClusterTime
{
    private protected InProcessConnection()
    {
    }

    /// <summary>Whether the connection is up.</summary>
    public bool IsConnected { get; private protected set; } = true;

    /// <summary>Whether messages to this cache get lost without anybody noticing. Default <see langword="false"/>.</summary>
    public bool LosesMessages { get; set; }

    /// <inheritdoc/>
    public abstract ValueTask<JournalId> PublishAsync(InvalidationMessage message, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask SubscribeAsync(IBackplaneReceiver receiver, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask<JournalId> ReadLastIdAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask<JournalPage> ReadAfterAsync(JournalId after, int maximum, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask<DateTimeOffset> ReadTimeAsync(CancellationToken cancellationToken);

    /// <summary>Takes the connection down: messages are missed, and every operation fails.</summary>
    public abstract void Disconnect();

    /// <summary>Brings the connection up again.</summary>
    public abstract void Reconnect();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
