namespace HybridTiered.Invalidation;

/// <summary>
/// Carries invalidations to the other instances of one cache now. A backplane that also keeps them implements <see cref="IJournal"/>;
/// one that knows the cluster's time implements <see cref="IClusterTime"/>.
/// </summary>
/// <remarks>
/// Constructors touch no server. Losing the connection is not reported as an exception from <see cref="SubscribeAsync"/> once it has
/// returned: the backplane reconnects by itself and tells its receiver.
/// </remarks>
public interface IBackplane : IAsyncDisposable
{
    /// <summary>
    /// Whether what a message causes may be done before <see cref="IBackplaneReceiver.Receive"/> returns, which spares a change of threads per message. Only for a backplane
    /// that calls it without holding a lock, on a thread that nobody waits for. Default <see langword="false"/>: the call returns at once.
    /// </summary>
    bool LendsItsThread => false;

    /// <summary>Sends a message to every subscribed instance and, where there is a journal, appends it there in the same step.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Cancels the wait; the message may have been sent.</param>
    /// <returns>The message's place in the journal, or <see cref="JournalId.None"/> without one.</returns>
    ValueTask<JournalId> PublishAsync(InvalidationMessage message, CancellationToken cancellationToken);

    /// <summary>Starts to hand over messages, one after the other in the order of their arrival. Called once.</summary>
    /// <param name="receiver">Who takes them.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>A task that ends when the subscription is live, or fails when the server cannot be reached now.</returns>
    ValueTask SubscribeAsync(IBackplaneReceiver receiver, CancellationToken cancellationToken);
}
